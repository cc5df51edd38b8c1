// Swagger UI as a commune chair uses it, in Vietnamese, in a real browser: sign in, admit a member, see the conflict.
// Needs a running service (HOICOSO_URL) with demonstration data. HOICOSO_SCREENSHOTS=folder keeps pictures.
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const base = process.env.HOICOSO_URL ?? "http://127.0.0.1:8080";
const password = process.env.HOICOSO_PASSWORD ?? "";
const pictures = process.env.HOICOSO_SCREENSHOTS;

const context = await chromium.launchPersistentContext(mkdtempSync(join(tmpdir(), "hoicoso-")), {
  executablePath: "/usr/bin/chromium",
  headless: true,
  viewport: { width: 1280, height: 1000 },
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const page = await context.newPage();
page.setDefaultTimeout(30_000);
const troubles = [];
page.on("pageerror", (error) => troubles.push(`error: ${error.message}`));
page.on("request", (request) => {
  if (!request.url().startsWith(base) && !/^(data|blob|chrome)/.test(request.url())) troubles.push(`asks elsewhere: ${request.url()}`);
});
const picture = async (name, of = page) => pictures && (await of.screenshot({ path: join(pictures, `${name}.png`) }));

// In Vietnamese by default: its own words and ours.
await page.goto(`${base}/docs/`);
await page.waitForSelector(".opblock-tag");
assert.equal(await page.getAttribute("html", "lang"), "vi");
await picture("1-start");

// What one looks for is found by its Vietnamese name, without marks.
const groups = () => page.locator(".opblock-tag").evaluateAll((tags) => tags.map((tag) => tag.dataset.tag));
await page.fill(".operation-filter-input", "chuyen sinh hoat");
await page.waitForFunction(() => document.querySelectorAll(".opblock-tag").length < 5);
assert.deepEqual(await groups(), ["members"]);
await page.fill(".operation-filter-input", "");
await page.waitForFunction(() => document.querySelectorAll(".opblock-tag").length > 10);

// Sign in through Authorize: name and password, nothing else.
await page.click(".schemes .btn.authorize");
assert.equal(await page.locator(".auth-container").first().locator("input:visible, select:visible").count(), 2);
await page.fill("#oauth_username", "chutich.vinhhai");
await page.fill("#oauth_password", password);
await picture("2-sign-in");
await page.press("#oauth_password", "Enter");
await page.waitForSelector(".auth-container h6");
await picture("3-signed-in");
await page.locator(".btn-done").first().click();

// The own unit, by the API, with the token the browser holds.
const token = await page.evaluate(() => JSON.parse(localStorage.authorized).password.token.access_token);
const ask = (path) => page.evaluate(async ([path, token]) => (await fetch(path, { headers: { Authorization: `Bearer ${token}` } })).json(), [path, token]);
const unit = (await ask("/api/v1/me")).roles[0].unit;
assert.match(unit.name, /Vĩnh Hải/);

const operation = (id) => page.locator(`.opblock[id$="-${id}"]`);
const open = async (id) => {
  const block = operation(id);
  if ((await block.count()) === 0) {
    for (const tag of await page.$$('.opblock-tag[data-is-open="false"]')) await tag.click();
  }
  await block.waitFor();
  await block.scrollIntoViewIfNeeded();
  if (!(await block.getAttribute("class")).includes("is-open")) await block.locator(".opblock-summary-control").click();
  return block;
};
const execute = async (block) => {
  await block.locator(".execute").click();
  await block.locator(".live-responses-table .response-col_status").first().waitFor();
  // A second answer replaces the first: wait until the button rests again.
  await page.waitForFunction(() => !document.querySelector(".loading-container .loading"));
  await page.waitForTimeout(300);
  const status = (await block.locator(".live-responses-table tbody .response-col_status").first().innerText()).trim();
  return { status: Number.parseInt(status, 10), text: await block.locator(".live-responses-table tbody").first().innerText() };
};

// Admit a member. What may be sent, and what each refusal looks like, is there to be seen.
const admit = await open("admit_member");
assert.match(await admit.locator("textarea").first().inputValue(), /"full_name": "Nguyễn Thị Hòa"/, "the example is in the form");
const shown = async (status) => admit.locator(`tr.response[data-code="${status}"]`).first().innerText();
for (const [status, code] of [["401", "invalid_token"], ["403", "forbidden"], ["409", "confirmation_required"], ["422", "invalid_body"]]) {
  const text = await shown(status);
  assert.ok(text.includes(`"status": ${status}`) && text.includes(`"code": "${code}"`), `${status} shows its own example: ${text}`);
}
assert.match(await shown("403"), /Vai trò của bạn không được làm việc này/);
await picture("4-examples", admit);
const number = `056190${String(Date.now()).slice(-6)}`;
const body = { unit_id: unit.id, full_name: "Nguyễn Thị Hải Đăng Thử", date_of_birth: "1990-05-17", national_id: number, joined_on: "2026-03-08" };
await admit.locator("textarea").first().fill(JSON.stringify(body, null, 2));
const first = await execute(admit);
assert.equal(first.status, 201, first.text);
await picture("4-admitted", admit);

// The same woman a second time: the conflict says where she is, in Vietnamese.
const second = await execute(admit);
assert.equal(second.status, 409, second.text);
assert.match(second.text, /national_id_in_use/);
assert.match(second.text, /Đã là hội viên: Nguyễn Thị Hải Đăng Thử/);
await picture("5-conflict", admit);

// Somebody of the same name and date of birth: it must be confirmed, by the token in the header Confirm.
await admit.locator("textarea").first().fill(JSON.stringify({ ...body, national_id: undefined }, null, 2));
const doubted = await execute(admit);
assert.equal(doubted.status, 409, doubted.text);
assert.match(doubted.text, /"code": "confirmation_required"/);
assert.match(doubted.text, /Đã có hội viên cùng họ tên và ngày sinh/);
await picture("6-to-confirm", admit);
const confirm = admit.locator('tr[data-param-name="Confirm"] input');
await confirm.fill(/"confirmation_token": "([^"]+)"/.exec(doubted.text)[1]);
const confirmed = await execute(admit);
assert.equal(confirmed.status, 201, confirmed.text);
await picture("7-confirmed", admit);
await confirm.fill("");

// And a field that is wrong is named.
await admit.locator("textarea").first().fill(JSON.stringify({ ...body, date_of_birth: "2020-01-01", national_id: undefined }));
const third = await execute(admit);
assert.equal(third.status, 422, third.text);
assert.match(third.text, /Chưa đủ 18 tuổi vào ngày này/);

// A petition, handed in without an account and followed by code and PIN.
const handIn = await open("hand_in_petition");
const words = { kind: "feedback", content: "Lịch sinh hoạt chi hội đổi mà không báo trước" };
await handIn.locator("textarea").first().fill(JSON.stringify(words, null, 2));
const receipt = await execute(handIn);
assert.equal(receipt.status, 201, receipt.text);
await picture("8-petition", handIn);
const [code, pin] = ["code", "pin"].map((name) => new RegExp(`"${name}": "([^"]+)"`).exec(receipt.text)[1]);
const lookUp = await open("look_up_petition");
await lookUp.locator("textarea").first().fill(JSON.stringify({ code, pin }));
const found = await execute(lookUp);
assert.equal(found.status, 200, found.text);
assert.match(found.text, /Đã nhận đơn, đang xem thuộc thẩm quyền của ai/);
await picture("9-followed", lookUp);

// English on request.
await page.click(".bar-lang a:not([aria-current])");
await page.waitForSelector(".opblock-tag");
assert.equal(await page.getAttribute("html", "lang"), "en");
await picture("10-english");

assert.deepEqual(troubles, []);
await context.close();
console.log("Swagger UI: signed in, admitted, conflict shown, look-alike confirmed, petition followed, in Vietnamese; English on request");
