// The clipboard, which a browser gives to a page over https only, and then asks.

/** @returns {Promise<boolean>} Whether it is there now. */
export const copy = async (text) => {
  try {
    if (text) await navigator.clipboard.writeText(text);
    return text !== '';
  } catch {
    return false;
  }
};

/** @returns {Promise<string|null>} Null: this page does not get it. */
export const copied = async () => {
  try {
    return await navigator.clipboard.readText();
  } catch {
    return null;
  }
};
