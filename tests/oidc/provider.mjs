// An OpenID Connect provider for the tests (the package oidc-provider): prints its address, and lets everybody in under the name that is typed.
// node provider.mjs REDIRECT_URI; a line on standard input changes its signing keys.
import { createServer } from "node:http";
import { generateKeyPairSync } from "node:crypto";
import { createInterface } from "node:readline";
import { Provider } from "oidc-provider";

const [redirectUri] = process.argv.slice(2);
let generation = 0;

function keys() {
  generation += 1;
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });
  return { keys: [{ ...rsa, kid: `rsa-${generation}`, use: "sig", alg: "RS256" }, { ...ec, kid: `ec-${generation}`, use: "sig", alg: "ES256" }] };
}

const client = (name, algorithm) => ({
  client_id: name,
  client_secret: "a secret of the tests",
  redirect_uris: [redirectUri],
  grant_types: ["authorization_code"],
  response_types: ["code"],
  id_token_signed_response_alg: algorithm,
});

// Who signs in as "unsure@…" has an address that nobody has checked.
async function findAccount(_context, id) {
  return { accountId: id, claims: async () => ({ sub: id, email: id, email_verified: !id.startsWith("unsure@") }) };
}

function makeProvider(issuer) {
  return new Provider(issuer, {
    clients: [client("shop", "RS256"), client("shop-ec", "ES256")],
    claims: { openid: ["sub"], email: ["email", "email_verified"] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    cookies: { keys: ["for the tests"] },
    jwks: keys(),
    findAccount,
  });
}

const server = createServer((request, response) => handle(request, response));
let handle;
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const renew = () => {
    handle = makeProvider(issuer).callback();
  };
  renew();
  console.log(issuer);
  createInterface({ input: process.stdin }).on("line", () => {
    renew();
    console.log("renewed");
  });
});
