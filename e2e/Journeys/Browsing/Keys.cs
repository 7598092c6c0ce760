using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys.Browsing;

/// <summary>A person without a pointer: goes on by Tab alone, and sees at every step where the focus is.</summary>
public sealed class Keys(IPage page)
{
    private const int MostSteps = 80;

    /// <summary>What has the focus, or what is wrong with it: nothing has it, it is out of sight, or nothing shows it.</summary>
    private const string Look = """
        () => {
          const at = document.activeElement;
          if (!at || at === document.body) return 'nothing has the focus';
          if (at.id === 'main') return '';
          const box = at.getBoundingClientRect();
          if (box.width < 1 || box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth) return 'out of sight: ' + at.outerHTML.slice(0, 120);
          const ring = (part) => { const style = getComputedStyle(part); return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2; };
          const frame = at.closest('.composer-in, .palette .q');
          if (!ring(at) && !(frame && getComputedStyle(frame).boxShadow !== 'none')) return 'no sign of the focus: ' + at.outerHTML.slice(0, 120);
          return '';
        }
        """;

    public async Task PressAsync(params string[] keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        foreach (var key in keys) await page.Keyboard.PressAsync(key);
    }

    /// <param name="milliseconds">Between two letters.</param>
    public Task TypeAsync(string text, float milliseconds = 0) => page.Keyboard.TypeAsync(text, new() { Delay = milliseconds });

    /// <summary>Tab until it is there; backwards when it is nearer that way.</summary>
    public async Task GoToAsync(ILocator target, bool back = false)
    {
        await Expect(target).ToBeVisibleAsync();
        for (var i = 0; i < MostSteps; i++)
        {
            if (await target.EvaluateAsync<bool>("element => element === document.activeElement"))
            {
                await SeenAsync();
                return;
            }
            await page.Keyboard.PressAsync(back ? "Shift+Tab" : "Tab");
            // Past the last element the focus leaves the page once, and comes back at its other end.
            if (!await page.EvaluateAsync<bool>("() => document.activeElement === document.body")) await SeenAsync();
        }
        Assert.Fail($"{MostSteps} times Tab did not lead to {target}; the focus is on {await page.EvaluateAsync<string>("() => document.activeElement.outerHTML.slice(0, 200)")}");
    }

    /// <summary>Something has the focus, is in sight and says so.</summary>
    public async Task SeenAsync() => Assert.Equal("", await page.EvaluateAsync<string>(Look));
}
