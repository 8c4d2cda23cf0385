// How a flow talks with the test that started it: one line each way, then the result as JSON.
import { createInterface } from 'node:readline/promises'

const { ISSUER, CLIENT_ID, CLIENT_SECRET, CALLBACK } = process.env
export const settings = { issuer: ISSUER, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, callback: CALLBACK }

const terminal = createInterface({ input: process.stdin })

export async function question(line) {
  console.log(line)
  const { value } = await terminal[Symbol.asyncIterator]().next()
  terminal.close()
  return value
}

export const answer = (result) => console.log(JSON.stringify(result))
