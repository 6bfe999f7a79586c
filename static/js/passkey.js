// A passkey is asked what the server sends, and signs it. Binary values travel as base64url.
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

export const hasPasskeys = () => "PublicKeyCredential" in window;

/** What the passkey has signed, as the server reads it. Throws where somebody closes the browser's window. */
export async function askPasskey({ publicKey }) {
  const asked = { ...publicKey, challenge: bytes(publicKey.challenge) };
  asked.allowCredentials = (publicKey.allowCredentials ?? []).map((each) => ({ ...each, id: bytes(each.id) }));
  const { id, rawId, type, response } = await navigator.credentials.get({ publicKey: asked });
  const { authenticatorData, clientDataJSON, signature, userHandle } = response;
  return {
    id,
    rawId: text(rawId),
    type,
    clientExtensionResults: {},
    response: {
      authenticatorData: text(authenticatorData),
      clientDataJSON: text(clientDataJSON),
      signature: text(signature),
      userHandle: userHandle ? text(userHandle) : null,
    },
  };
}
