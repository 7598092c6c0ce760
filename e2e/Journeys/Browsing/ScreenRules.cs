using Microsoft.Playwright;

namespace ControlChat.Journeys.Browsing;

/// <summary>Three rules every page holds at every width (UI.md, section 10), measured in the browser on what is really drawn.</summary>
public static class ScreenRules
{
    /// <summary>Visible parts that reach beyond the window, when the page itself can be scrolled: only its panels may.</summary>
    public static Task<string[]> OverflowAsync(IPage page) => MeasureAsync(page, """
        () => {
          const root = document.documentElement;
          const [wide, tall] = [root.scrollWidth - root.clientWidth, root.scrollHeight - root.clientHeight];
          const parts = (beyond) => [...document.body.querySelectorAll('*')].filter((element) => element.checkVisibility() && beyond(element, element.getBoundingClientRect()))
            .slice(0, 3).map((element) => element.outerHTML.slice(0, 90)).join(' | ');
          const faults = [];
          if (wide > 0) faults.push(`${wide} px too wide: ${parts((_, box) => box.right > root.clientWidth + 1)}`);
          for (const dialog of document.querySelectorAll('dialog[open]')) {
            const beyond = dialog.scrollWidth - dialog.clientWidth;
            if (beyond > 0 || dialog.getBoundingClientRect().right > root.clientWidth + 1) faults.push(`${beyond} px too wide, the dialog: ${dialog.outerHTML.slice(0, 90)}`);
          }
          if (tall > 0) faults.push(`${tall} px too tall: ${parts((element, box) => element.offsetParent === document.body && box.bottom > root.clientHeight)}`);
          return faults;
        }
        """);

    /// <summary>Buttons, fields and links that a finger can hit on less than 44 by 44 px. Links inside a sentence are exempt.</summary>
    public static Task<string[]> SmallTargetsAsync(IPage page) => MeasureAsync(page, """
        () => {
          const need = 43.5;
          const top = document.querySelector('dialog[open]') ?? document;
          const visible = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && element.getBoundingClientRect().width > 1;
          const inSentence = (element) => element.matches('a') && getComputedStyle(element).display === 'inline' &&
            [...element.parentElement.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
          const mine = (element, x, y) => {
            const hit = document.elementFromPoint(x, y);
            return Boolean(hit) && (element === hit || element.contains(hit) || hit.control === element || (hit.closest('label') ?? {}).control === element);
          };
          const reach = (element, x, y, dx, dy) => {
            let length = 0;
            while (length < 60 && mine(element, x + dx * (length + 0.5), y + dy * (length + 0.5))) length += 0.5;
            return length;
          };
          const faults = [];
          for (const element of top.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')) {
            if (!visible(element) || element.disabled || inSentence(element) || element.matches('.skip')) continue;
            element.scrollIntoView({ block: 'center', inline: 'center' });
            const box = element.getBoundingClientRect();
            const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
            if (x < 0 || x > innerWidth || y < 0 || y > innerHeight || !mine(element, x, y)) continue;
            const width = Math.max(box.width, reach(element, x, y, -1, 0) + reach(element, x, y, 1, 0));
            const height = Math.max(box.height, reach(element, x, y, 0, -1) + reach(element, x, y, 0, 1));
            if (width < need || height < need) faults.push(`${Math.round(width)}x${Math.round(height)} ${element.outerHTML.replace(/\s+/g, ' ').slice(0, 140)}`);
          }
          return faults;
        }
        """);

    /// <summary>Text whose colour is less than 4.5 to 1 from what stands behind it. Disabled controls are exempt, as in WCAG.</summary>
    public static Task<string[]> FaintTextAsync(IPage page) => MeasureAsync(page, """
        () => {
          const colour = (text) => {
            const numbers = text.match(/-?[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
            const scale = text.startsWith('color(srgb') ? 255 : 1;
            return [numbers[0] * scale, numbers[1] * scale, numbers[2] * scale, numbers[3] ?? 1];
          };
          const over = ([r, g, b, a], under) => [r * a + under[0] * (1 - a), g * a + under[1] * (1 - a), b * a + under[2] * (1 - a), 1];
          const light = ([r, g, b]) => {
            const [x, y, z] = [r, g, b].map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
            return 0.2126 * x + 0.7152 * y + 0.0722 * z;
          };
          const behind = (element) => {
            const layers = [];
            for (let at = element; at; at = at.parentElement) {
              const layer = colour(getComputedStyle(at).backgroundColor);
              layers.push(layer);
              if (layer[3] === 1) break;
            }
            return layers.reverse().reduce((under, layer) => over(layer, under), [255, 255, 255, 1]);
          };
          const faults = new Set();
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const element = walker.currentNode.parentElement;
            if (!walker.currentNode.textContent.trim() || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
            if (element.closest('.sr, script, style, option, [disabled], [aria-disabled=true], .skip, svg')) continue;
            const back = behind(element);
            const front = over(colour(getComputedStyle(element).color), back);
            const [a, b] = [light(front), light(back)];
            const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (ratio < 4.5) faults.add(`${ratio.toFixed(2)} "${walker.currentNode.textContent.trim().slice(0, 40)}" ${element.outerHTML.slice(0, 80)}`);
          }
          return [...faults];
        }
        """);

    private static Task<string[]> MeasureAsync(IPage page, string script) => page.EvaluateAsync<string[]>(script);
}
