// Starts Swagger UI in the reader's language, and lets them sign in.
(() => {
  "use strict";

  // ?lang= in the address wins, then the choice made earlier, then Vietnamese.
  const REMEMBERED = "hoicoso.docs.lang";
  const asked = new URLSearchParams(location.search).get("lang");
  const lang = [asked, localStorage.getItem(REMEMBERED)].find((l) => l === "vi" || l === "en") ?? "vi";

  document.documentElement.lang = lang;
  if (lang === "en") {
    for (const element of document.querySelectorAll("[data-en]")) element.textContent = element.dataset.en;
    document.title = "hoicoso – API of the grassroots Union";
  }

  // VI and EN are plain links: the document itself is fetched anew in the other
  // language. The operation now open (the #fragment) stays open.
  for (const link of document.querySelectorAll(".bar-lang a")) {
    if (link.hreflang === lang) link.setAttribute("aria-current", "true");
    link.addEventListener("click", () => {
      localStorage.setItem(REMEMBERED, link.hreflang);
      link.hash = location.hash;
    });
  }

  // Signing in is by password from a public client: it has an id and no secret.
  const SignIn = () => ({
    wrapComponents: {
      // A client without a secret names itself in the request body (RFC 6749,
      // section 3.2.1); Swagger UI would send a Basic header with an empty secret.
      oauth2: (Oauth2) => class extends Oauth2 {
        constructor(props, context) {
          super(props, context);
          if (!this.state.clientSecret) this.state.passwordType = "request-body";
          // A program signs in as itself, not as this page.
          if (props.schema.get("flow") === "clientCredentials") this.state.clientId = "";
        }
        componentDidMount() { this.showPasswordType(); }
        componentDidUpdate() { this.showPasswordType(); }
        showPasswordType() {
          const select = document.getElementById("password_type");
          if (select) select.value = this.state.passwordType;
        }
      },
    },
    statePlugins: {
      auth: {
        wrapActions: {
          // persistAuthorization writes this object to localStorage. The token
          // may stay there; the password and the client's secret must not.
          authorizeOauth2: (authorize) => ({ auth, token }) =>
            authorize({ auth: { ...auth, password: "", clientSecret: "" }, token }),
        },
      },
    },
  });

  // Enter in the password field signs in, as everywhere else.
  document.addEventListener("keydown", ({ key, target }) => {
    if (key === "Enter" && target.id === "oauth_password") {
      target.closest(".auth-container").querySelector("button.authorize:not([type=submit])").click();
    }
  });

  // The filter finds "Hội viên" when one types "hoi vien": in the name and the words of a group, and in what each
  // operation of it is called.
  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("đ", "d");
  const said = (tag, name) => [
    name,
    tag.getIn(["tagDetails", "description"], ""),
    ...tag.get("operations").flatMap((one) => [one.get("path"), one.getIn(["operation", "summary"], "")]),
  ].join(" ");
  const Filter = () => ({
    fn: { opsFilter: (tags, phrase) => tags.filter((tag, name) => fold(said(tag, name)).includes(fold(phrase))) },
  });

  const ui = SwaggerUIBundle({
    dom_id: "#swagger-ui",
    url: `/openapi.json?lang=${lang}`,
    plugins: [SignIn, Filter, ...(lang === "vi" ? [VietnameseChrome] : [])],
    deepLinking: true,
    defaultModelsExpandDepth: 0, // the list of schemas starts closed…
    docExpansion: "none",        // …and so do the tags: a page one can survey
    displayRequestDuration: true,
    filter: true,
    persistAuthorization: true,
    tryItOutEnabled: true,
    validatorUrl: null,          // no outside service is told about this page
    requestInterceptor: (request) => {
      request.headers ??= {};
      const set = Object.keys(request.headers).some((name) => name.toLowerCase() === "accept-language");
      if (!set) request.headers["Accept-Language"] = lang;
      return request;
    },
  });
  ui.initOAuth({ clientId: "swagger-ui" });
})();
