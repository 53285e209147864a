// Requests to the server that this page came from; it never sends any to another.

/** What the server refused. */
export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {string} detail
   */
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/**
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<Response>}
 */
export async function request(path, init) {
  const response = await fetch(path, init);
  if (response.ok) return response;
  const problem = await response.json().catch(() => null);
  throw new Refusal(response.status, problem?.detail ?? response.statusText);
}

/**
 * @param {string} path
 * @returns {Promise<any>}
 */
export async function json(path) {
  return (await request(path)).json();
}

/**
 * @param {string} path
 * @param {AbortSignal} [signal]
 * @returns {Promise<ArrayBuffer>}
 */
export async function bytes(path, signal) {
  return (await request(path, signal ? { signal } : {})).arrayBuffer();
}

/**
 * Send a form; call back with the share that was sent, and with each line of the answer as it comes.
 *
 * @param {string} path
 * @param {FormData} form
 * @param {(share: number) => void} onProgress
 * @param {(event: any) => void} onEvent
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
export function sendForm(path, form, onProgress, onEvent, signal) {
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest();
    let read = 0;
    const lines = () => {
      const end = sending.responseText.lastIndexOf("\n");
      if (sending.status !== 200 || end < read) return;
      const whole = sending.responseText.slice(read, end);
      read = end + 1;
      for (const line of whole.split("\n")) if (line) onEvent(JSON.parse(line));
    };
    sending.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    sending.upload.onload = () => onProgress(1);
    sending.onprogress = lines;
    sending.onload = () => {
      lines();
      if (sending.status === 200) resolve();
      else reject(new Refusal(sending.status, detailOf(sending)));
    };
    sending.onerror = () => reject(new Refusal(0, ""));
    sending.onabort = () => reject(new DOMException("aborted", "AbortError"));
    signal.addEventListener("abort", () => sending.abort());
    sending.open("POST", path);
    sending.send(form);
  });
}

/** @param {XMLHttpRequest} sending */
function detailOf(sending) {
  try {
    return JSON.parse(sending.responseText).detail;
  } catch {
    return sending.statusText;
  }
}
