// A stranger's first twenty lines: sign in, list the members of one's own unit, read one, all of it typed.
import createClient from "openapi-fetch";
import type { paths } from "./api.js";

const baseUrl = process.env["HOICOSO_URL"] ?? "http://127.0.0.1:8080";
const [username, password] = [process.env["HOICOSO_USER"] ?? "chutich.vinhhai", process.env["HOICOSO_PASSWORD"] ?? ""];

const signIn = await fetch(`${baseUrl}/oauth/token`, {
  method: "POST",
  body: new URLSearchParams({ grant_type: "password", client_id: "hoicoso-web", username, password }),
});
if (!signIn.ok) throw new Error(`sign-in: ${signIn.status} ${await signIn.text()}`);
const { access_token } = (await signIn.json()) as { access_token: string };

const api = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${access_token}` } });

const { data: page, error } = await api.GET("/api/v1/members", { params: { query: { q: "thi", limit: 3, include: "unit" } } });
if (error) throw new Error(`${error.code}: ${error.title}`);
for (const member of page.items) console.log(member.full_name, "–", member.unit?.name, "–", member.national_id ?? "(chưa có số định danh)");

const first = page.items[0];
if (!first) throw new Error("no members");
const { data: one, response } = await api.GET("/api/v1/members/{id}", { params: { path: { id: first.id } } });
console.log(`${page.total ?? "?"} / ${one?.full_name}: ETag ${response.headers.get("etag")}, ${one?.allowed_actions?.map((a) => a.action).join(", ")}`);
if (one?.id !== first.id) throw new Error("another member came back");
