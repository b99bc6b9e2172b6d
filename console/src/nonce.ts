/**
 * The nonce that this page's <style> elements need under its content security policy: the server makes one for every answer.
 * Mantine takes it from here; CodeMirror wants `EditorView.cspNonce.of(styleNonce())`.
 */
const nonce = document.querySelector<HTMLElement>('meta[property="csp-nonce"]')?.nonce ?? "";

export const styleNonce = (): string => nonce;

// What Mantine locks the scrolling with, under a dialog, looks for it here.
(globalThis as { __webpack_nonce__?: string }).__webpack_nonce__ = nonce;
