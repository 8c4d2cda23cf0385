// The whole flow with oauth4webapi. Prints the authorize link, reads the callback's address, prints what came of it.
import * as oauth from 'oauth4webapi'
import { answer, question, settings } from './talk.mjs'

const { issuer, clientId, clientSecret, callback } = settings
const insecure = { [oauth.allowInsecureRequests]: true }
const client = { client_id: clientId }
const authentication = clientSecret ? oauth.ClientSecretBasic(clientSecret) : oauth.None()

const discovered = await oauth.discoveryRequest(new URL(issuer), { algorithm: 'oauth2', ...insecure })
const server = await oauth.processDiscoveryResponse(new URL(issuer), discovered)
const verifier = oauth.generateRandomCodeVerifier()
const state = oauth.generateRandomState()
const link = new URL(server.authorization_endpoint)
link.search = new URLSearchParams({
  response_type: 'code', client_id: clientId, redirect_uri: callback, scope: 'UseRestApi', state,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
})
const returned = new URL(await question(link.href))
const parameters = oauth.validateAuthResponse(server, client, returned, state)
const exchanged = await oauth.authorizationCodeGrantRequest(
  server, client, authentication, parameters, callback, verifier, insecure,
)
const tokens = await oauth.processAuthorizationCodeResponse(server, client, exchanged)
const api = new URL('/api/v2/version', issuer)
const called = await oauth.protectedResourceRequest(tokens.access_token, 'GET', api, undefined, undefined, insecure)
const answered = await oauth.refreshTokenGrantRequest(server, client, authentication, tokens.refresh_token, insecure)
const refreshed = await oauth.processRefreshTokenResponse(server, client, answered)
const revoked = await oauth.revocationRequest(server, client, authentication, refreshed.refresh_token, insecure)
await oauth.processRevocationResponse(revoked)
const after = await fetch(api, { headers: { authorization: `Bearer ${refreshed.access_token}` } })
answer({
  scope: tokens.scope, expiresIn: tokens.expires_in, called: called.status, version: await called.json(),
  refreshed: refreshed.refresh_token !== tokens.refresh_token, afterRevocation: after.status,
})
