// Sends the form to the API and says what it answered.
(() => {
  "use strict";
  const field = (id) => document.getElementById(id);
  const output = document.querySelector("output");
  const say = (kind, text) => { output.className = kind; output.textContent = text; };

  // #name:code, as the service prints it at its first start. It goes out of the address at once.
  const [username, code] = decodeURIComponent(location.hash.slice(1)).split(":");
  if (code) {
    field("username").value = username;
    field("code").value = code;
    history.replaceState(null, "", location.pathname);
    field("password").focus();
  }

  document.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (field("password").value !== field("again").value) {
      say("bad", "Hai mật khẩu không giống nhau.\nThe two passwords differ.");
      return;
    }
    const body = { username: field("username").value, code: field("code").value, new_password: field("password").value };
    try {
      const answer = await fetch("api/v1/password-resets", {
        method: "POST",
        headers: { "Content-Type": "application/json", "Accept-Language": navigator.language },
        body: JSON.stringify(body),
      });
      if (answer.ok) {
        event.target.querySelectorAll("input, button").forEach((element) => { element.disabled = true; });
        say("good", "Xong. Bạn đăng nhập được rồi, ví dụ tại /docs/.\nDone. You can sign in now, for example at /docs/.");
        return;
      }
      const problem = await answer.json();
      say("bad", [problem.title, problem.detail, ...problem.errors.map((error) => error.detail)].filter(Boolean).join("\n"));
    } catch {
      say("bad", "Máy chủ không trả lời.\nThe service does not answer.");
    }
  });
})();
