import { describe, expect, it } from "vitest";
import { ask, rawStatus } from "../../test/support/admin.ts";
import { open, stub, TOKEN, withPage } from "../../test/support/admin-server.ts";
import { getAdmin } from "./client.ts";
import { AdminRefusedError } from "./errors.ts";
import { CSP } from "./reply.ts";

describe("an admin server", () => {
  it("says that it is alive, whether it is ready and why not, and what is there", async () => {
    const { feed, unwell } = stub();
    const { url } = await open({}, { feeds: [feed] });
    expect(JSON.parse((await ask(url, "/healthz")).text)).toEqual({ status: "ok", uptimeSeconds: expect.any(Number) });
    expect(await getAdmin({ url }, "/readyz")).toEqual({ status: 200, body: { ready: true, reasons: [] } });
    unwell({ code: "NOT_REGISTERED", message: "it is not on the subnet" });
    expect(await getAdmin({ url }, "/readyz")).toEqual({
      status: 503,
      body: { ready: false, reasons: [{ node: "miner", code: "NOT_REGISTERED", message: "it is not on the subnet" }] },
    });
    const overview = await getAdmin({ url }, "/api/overview");
    expect(overview.body).toMatchObject({ api: 1, version: "1.2.3", ready: false, nodes: [{ id: "miner" }] });
  });

  it("is not ready from the moment it is being stopped, and answers meanwhile", async () => {
    const server = await open();
    server.drain();
    const { status, body } = await getAdmin({ url: server.url }, "/readyz");
    expect([status, body]).toMatchObject([503, { reasons: [{ code: "STOPPING" }] }]);
  });

  it("mounts the metrics it is given", async () => {
    const metrics = async () => ({ contentType: "text/plain; version=0.0.4", text: "up 1\n" });
    const { url } = await open({}, { metrics });
    const said = await ask(url, "/metrics");
    expect([said.status, said.headers["content-type"], said.text]).toEqual([
      200,
      "text/plain; version=0.0.4",
      "up 1\n",
    ]);
    expect((await ask((await open()).url, "/metrics")).status).toBe(404);
  });

  it("sends the same safe headers with everything, and nothing that another site may read", async () => {
    const { url } = await open({ pageFolder: withPage() });
    for (const path of ["/", "/app.js", "/api/overview", "/nothing", "/healthz"]) {
      const { headers } = await ask(url, path);
      expect(headers["content-security-policy"], path).toBe(CSP);
      expect(headers["x-content-type-options"], path).toBe("nosniff");
      expect(headers["access-control-allow-origin"], path).toBeUndefined();
    }
    expect(CSP).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
  });

  it("serves the page's files and no other, with marks", async () => {
    const { url } = await open({ pageFolder: withPage() });
    const index = await ask(url, "/");
    expect([index.status, index.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
    const script = await ask(url, "/app.js");
    expect(script.headers["content-type"]).toBe("text/javascript; charset=utf-8");
    const again = await ask(url, "/app.js", { headers: { "if-none-match": String(script.headers.etag) } });
    expect([again.status, again.text]).toEqual([304, ""]);
    const head = await ask(url, "/app.js", { method: "HEAD" });
    expect([head.status, head.text, head.headers["content-length"]]).toEqual([200, "", "19"]);
    for (const path of [
      "/notes.txt",
      "/../package.json",
      "/..%2fpackage.json",
      "//etc/passwd",
      "/app.js/",
      "/%00",
      "/.git",
    ])
      expect((await ask(url, path)).status, path).toBe(404);
  });

  it("gives a document once while nothing has changed", async () => {
    const { url } = await open({}, { feeds: [stub().feed] });
    const { headers, text } = await ask(url, "/api/miners/miner");
    expect(JSON.parse(text)).toMatchObject({ node: { id: "miner" }, limit: null });
    expect((await ask(url, "/api/miners/miner", { headers: { "if-none-match": String(headers.etag) } })).status).toBe(
      304,
    );
    const other = await ask(url, "/api/miners/miner?limit=7", { headers: { "if-none-match": String(headers.etag) } });
    expect(other.status).toBe(200);
  });

  it("refuses in words, and tells nothing of what failed inside", async () => {
    const { url } = await open({}, { feeds: [stub().feed] });
    const cases: [string, number, string][] = [
      ["/api/miners/miner?limit=0", 400, "BAD_REQUEST"],
      ["/api/miners/miner?limit=1e9", 400, "BAD_REQUEST"],
      ["/api/miners/miner/no", 404, "NOT_FOUND"],
      ["/api/miners/other", 404, "NOT_FOUND"],
      ["/api/validators/miner", 404, "NOT_FOUND"],
      ["/api/__proto__/miner", 404, "NOT_FOUND"],
      ["/api/", 404, "NOT_FOUND"],
      [`/${"a".repeat(3_000)}`, 400, "BAD_REQUEST"],
      ["/api/miners/miner/throws", 500, "INTERNAL_ERROR"],
    ];
    for (const [path, status, error] of cases) {
      const said = await ask(url, path);
      expect([said.status, JSON.parse(said.text).error], path).toEqual([status, error]);
      expect(said.text).not.toContain("secret");
    }
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
      const said = await ask(url, "/api/overview", { method });
      expect([said.status, said.headers.allow], method).toEqual([405, "GET, HEAD"]);
    }
  });

  it("takes the next free port where none was asked for", async () => {
    const first = await open();
    const second = await open({ port: first.port, sparePorts: 5 });
    expect(second.port).toBeGreaterThan(first.port);
    await expect(open({ port: first.port })).rejects.toMatchObject({ code: "PORT_UNAVAILABLE" });
  });
});

describe("who may look", () => {
  it.each(["localhost", "127.0.0.1", "[::1]", "localhost:1234", "127.0.0.1:80"])(
    "whoever asks for %s",
    async (host) => {
      expect((await ask((await open()).url, "/healthz", { headers: { host } })).status).toBe(200);
    },
  );

  it.each(["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.7", "a@localhost", "[::2]"])(
    "not whoever asks for %j: a foreign name may point here",
    async (host) => {
      const said = await ask((await open()).url, "/api/overview", { headers: { host } });
      expect([421, 400]).toContain(said.status);
    },
  );

  it("no request without a name, and no page of another site", async () => {
    const { url, port } = await open({ pageFolder: withPage() });
    expect(await rawStatus(port, "GET /healthz HTTP/1.0\r\n\r\n")).toContain("421");
    const from = (site: string, mode: string) =>
      ask(url, "/api/overview", { headers: { "sec-fetch-site": site, "sec-fetch-mode": mode } });
    expect((await from("cross-site", "no-cors")).status).toBe(403);
    expect((await from("same-site", "cors")).status).toBe(403);
    expect((await from("same-origin", "cors")).status).toBe(200);
    const link = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    expect((await ask(url, "/", { headers: link })).status).toBe(200);
    // Sixteen frames of any page would have taken every place of the event stream, and twenty forms the login.
    for (const [path, changes] of [
      ["/api/events", {}],
      ["/api/overview", {}],
      ["/", { "sec-fetch-dest": "iframe" }],
    ] as const)
      expect((await ask(url, path, { headers: { ...link, ...changes } })).status, path).toBe(403);
    expect((await ask(url, "/login", { method: "POST", body: "token=a", headers: link })).status).toBe(403);
  });

  it("names of a proxy that were allowed, with a token", async () => {
    await expect(open({ allowHosts: ["node.example"] })).rejects.toBeInstanceOf(AdminRefusedError);
    const { url } = await open({ allowHosts: ["node.example"], token: TOKEN });
    const headers = { host: "Node.Example", authorization: `Bearer ${TOKEN}` };
    expect((await ask(url, "/api/overview", { headers })).status).toBe(200);
  });

  it("nobody beyond loopback without a token", async () => {
    for (const host of ["0.0.0.0", "192.0.2.1", "::", "example.com"])
      await expect(open({ host })).rejects.toMatchObject({ code: "ADMIN_REFUSED" });
    await expect(open({ token: "short" })).rejects.toMatchObject({ code: "ADMIN_REFUSED" });
    const { port } = await open({ host: "0.0.0.0", token: TOKEN });
    const url = `http://127.0.0.1:${port}`;
    // Any address in digits: no foreign name can be made to stand for it.
    const headers = { host: `192.0.2.7:${port}`, authorization: `Bearer ${TOKEN}` };
    expect((await ask(url, "/api/overview", { headers })).status).toBe(200);
    expect((await ask(url, "/api/overview", { headers: { ...headers, host: "evil.example" } })).status).toBe(421);
  });

  it("whoever shows the token; the others learn whether it lives and is ready, no more", async () => {
    const { feed, unwell } = stub();
    unwell({ code: "NOT_REGISTERED", message: "it is not on the subnet" });
    const metrics = async () => ({ contentType: "text/plain", text: "up 1\n" });
    const { url } = await open({ token: TOKEN, pageFolder: withPage() }, { feeds: [feed], metrics });
    for (const path of ["/api/overview", "/api/events", "/metrics", "/app.js", "/index.html"]) {
      const said = await ask(url, path);
      expect([said.status, said.headers["www-authenticate"]], path).toEqual([401, "Bearer"]);
    }
    expect((await ask(url, "/healthz")).status).toBe(200);
    expect(JSON.parse((await ask(url, "/readyz")).text)).toEqual({ ready: false, reasons: [] });
    expect([(await ask(url, "/")).status, (await ask(url, "/")).headers.location]).toEqual([303, "/login"]);
    const wrong = { authorization: `Bearer ${TOKEN.slice(0, -1)}e` };
    expect((await ask(url, "/api/overview", { headers: wrong })).status).toBe(401);
    expect((await getAdmin({ url, token: TOKEN }, "/metrics")).body).toBe("up 1\n");
    await expect(getAdmin({ url }, "/metrics")).rejects.toMatchObject({ code: "ADMIN_UNAVAILABLE", status: 401 });
  });

  it("a browser that gave the token, by a cookie that no script reads", async () => {
    const { url } = await open({ token: TOKEN, pageFolder: withPage() });
    const login = await ask(url, "/login");
    expect([login.status, login.headers["content-security-policy"]]).toEqual([
      200,
      CSP.replace("form-action 'none'", "form-action 'self'"),
    ]);
    const post = (token: string, headers: Record<string, string> = {}) =>
      ask(url, "/login", { method: "POST", body: `token=${token}`, headers });
    const refused = await post("wrong");
    expect([refused.status, refused.headers["set-cookie"]]).toEqual([401, undefined]);
    const taken = await post(TOKEN);
    const [cookie = ""] = taken.headers["set-cookie"] ?? [];
    expect([taken.status, taken.headers.location]).toEqual([303, "/"]);
    expect(cookie).toMatch(
      /^conversion_subnet_session=\d+\.[0-9a-f]{64}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict$/,
    );
    expect(cookie).not.toContain(TOKEN);
    const [session = ""] = cookie.split(";");
    expect((await ask(url, "/api/overview", { headers: { cookie: `a=b; ${session}` } })).status).toBe(200);
    const later = session.replace(/=\d+/, "=99999999999");
    expect((await ask(url, "/api/overview", { headers: { cookie: later } })).status).toBe(401);
    // Another server with the same token takes it, as this one will after a restart; another token ends it.
    expect(
      (await ask((await open({ token: TOKEN })).url, "/api/overview", { headers: { cookie: session } })).status,
    ).toBe(200);
    expect(
      (await ask((await open({ token: `${TOKEN}0` })).url, "/api/overview", { headers: { cookie: session } })).status,
    ).toBe(401);
    expect((await post("a", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" })).status).toBe(403);
    expect((await post("a".repeat(5_000))).status).toBe(413);
  });

  it("nobody that guesses", async () => {
    const { url } = await open({ token: TOKEN });
    const post = (token: string) => ask(url, "/login", { method: "POST", body: `token=${token}` });
    for (let i = 0; i < 20; i++) await post(`wrong${i}`);
    const said = await post(TOKEN);
    expect([said.status, said.headers["retry-after"]]).toEqual([429, "60"]);
  });

  it("nobody that guesses many at once, by form, header or cookie", async () => {
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    const cookie = (session: string) => ({ cookie: `conversion_subnet_session=${session}` });
    for (const shown of [bearer, cookie]) {
      const { url } = await open({ token: TOKEN });
      for (let i = 0; i < 30; i++) await ask(url, "/metrics", { headers: shown("old") });
      for (let i = 0; i < 19; i++) expect((await ask(url, "/metrics", { headers: shown(`${i}`) })).status).toBe(401);
      expect((await ask(url, "/api/overview", { headers: bearer(TOKEN) })).status).toBe(429);
      expect((await ask(url, "/healthz", { headers: bearer(TOKEN) })).status).toBe(200);
    }
    const { port } = await open({ token: TOKEN });
    // All heads first, as many as may be on their way, then all bodies, three times: the limit holds all the same.
    const codes: string[] = [];
    for (let round = 0; round < 3; round++) {
      const guesses = Array.from({ length: 12 }, (_, i) => {
        const body = `token=${round * 100 + i + 100}`;
        const head = `POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n`;
        return rawStatus(port, head, body);
      });
      codes.push(...(await Promise.all(guesses)).map((line) => line.slice(9, 12)));
    }
    expect(codes.filter((code) => code === "401")).toHaveLength(20);
    expect(codes.filter((code) => code === "429")).toHaveLength(16);
  });
});
