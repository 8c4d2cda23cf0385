// The whole flow with openid-client. Prints the authorize link, reads the callback's address, prints what came of it.
import * as client from 'openid-client'
import { answer, question, settings } from './talk.mjs'

const { issuer, clientId, clientSecret, callback } = settings
const config = await client.discovery(
  new URL(issuer), clientId, clientSecret ?? {}, clientSecret ? undefined : client.None(),
  { algorithm: 'oauth2', execute: [client.allowInsecureRequests] },
)
const verifier = client.randomPKCECodeVerifier()
const state = client.randomState()
const link = client.buildAuthorizationUrl(config, {
  redirect_uri: callback, scope: 'UseRestApi', state,
  code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
})
const returned = new URL(await question(link.href))
const tokens = await client.authorizationCodeGrant(config, returned, { pkceCodeVerifier: verifier, expectedState: state })
const api = new URL('/api/v2/version', issuer)
const called = await client.fetchProtectedResource(config, tokens.access_token, api, 'GET')
const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token)
await client.tokenRevocation(config, refreshed.refresh_token)
const after = await fetch(api, { headers: { authorization: `Bearer ${refreshed.access_token}` } })
answer({
  scope: tokens.scope, expiresIn: tokens.expires_in, called: called.status, version: await called.json(),
  refreshed: refreshed.refresh_token !== tokens.refresh_token, afterRevocation: after.status,
})
