// Asks a FIDO2 security key what the form says, and posts its answer with the form. The page says what to do without it.
const form = document.querySelector("form[data-ask-key]");
const button = form.querySelector("button[data-key-button]");
const told = form.querySelector("[data-key-told]");

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const withBytes = (known) => known.map((key) => ({ ...key, id: bytes(key.id) }));

function add(options) {
  return navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: withBytes(options.excludeCredentials ?? []),
    },
  });
}

function use(options) {
  return navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      allowCredentials: withBytes(options.allowCredentials ?? []),
    },
  });
}

function answerOf(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

async function ask(event) {
  event.preventDefault();
  told.textContent = "Touch your security key when it flashes.";
  button.disabled = true;
  try {
    const options = JSON.parse(form.dataset.options);
    const credential = await (form.dataset.askKey === "add" ? add(options) : use(options));
    form.elements.answer.value = JSON.stringify(answerOf(credential));
    form.submit();
  } catch (error) {
    button.disabled = false;
    told.textContent =
      error.name === "InvalidStateError"
        ? "This security key is added already. Put in another one."
        : "The security key did not answer. Put it in, press the button, and touch the key when it flashes.";
  }
}

if (window.PublicKeyCredential) {
  document.querySelector("[data-key-impossible]").hidden = true;
  button.hidden = false;
  form.addEventListener("submit", ask);
}
