// Passkeys: asks the browser to make one or to sign in with one, and posts its answer with the form.
const asks = {
  add: (options) => navigator.credentials.create({
    publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
  }),
  "sign-in": (options) => navigator.credentials.get({
    publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
  }),
};
const canAsk = typeof window.PublicKeyCredential?.parseRequestOptionsFromJSON === "function";

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const said = form.querySelector("[role=status]");
  form.hidden = false;
  if (!canAsk) {
    said.textContent = form.dataset.unable;
    form.querySelector("button").disabled = true;
    continue;
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.dataset.asking) return;
    form.dataset.asking = "1";
    said.textContent = form.dataset.waiting;
    try {
      const reply = await fetch(form.dataset.options, { method: "POST", body: new FormData(form) });
      if (!reply.ok) throw new Error(String(reply.status));
      const answer = await asks[form.dataset.passkey](await reply.json());
      form.elements.answer.value = JSON.stringify(answer.toJSON());
      form.submit();
    } catch (error) {
      const words = {
        AbortError: "cancelled",
        InvalidStateError: "there",
        NotAllowedError: "cancelled",
        SecurityError: "elsewhere",
      };
      said.textContent = form.dataset[words[error.name] ?? "failed"];
    }
    delete form.dataset.asking;
  });
}
