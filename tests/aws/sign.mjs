// Signs what its standard input asks (see sign.c) with the AWS SDK's own signer.
import { createInterface } from 'node:readline'
import { SignatureV4 } from '@smithy/signature-v4'
import { Sha256 } from '@aws-crypto/sha256-js'

for await (const line of createInterface({ input: process.stdin })) {
  const q = JSON.parse(line)
  const signer = new SignatureV4({
    service: q.service,
    region: q.region,
    sha256: Sha256,
    credentials: {
      accessKeyId: q.id,
      secretAccessKey: q.secret,
      sessionToken: q.token || undefined
    },
    uriEscapePath: !q.s3,
    applyChecksum: !!q.s3
  })
  const headers = { host: q.host }
  for (const [name, value] of q.fields) headers[name.toLowerCase()] = value
  const query = {}
  for (const pair of q.query ? q.query.split('&') : []) {
    const [name, value = ''] = pair.split('=').map(decodeURIComponent)
    query[name] = name in query ? [].concat(query[name], value) : value
  }
  const signed = await signer.sign({
    method: q.method, protocol: 'https:', hostname: q.host, path: q.path, query, headers,
    body: q.body
  }, { signingDate: new Date(q.time * 1000) })
  console.log(signed.headers.authorization)
}
