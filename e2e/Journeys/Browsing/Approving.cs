using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys.Browsing;

/// <summary>Approves as a person does: looks at the card first, and clicks when the button lies still.</summary>
public static class Approving
{
    /// <param name="card">What holds one Approve button.</param>
    public static async Task ApproveAsync(ILocator card)
    {
        ArgumentNullException.ThrowIfNull(card);
        var approve = card.Locator("[data-approve]:not([aria-disabled])");
        await Expect(approve).ToBeVisibleAsync(new() { Timeout = 30_000 });
        await approve.ScrollIntoViewIfNeededAsync();
        // Coming into view was a movement, after which a click does nothing for a while. The page looks again every 50 ms: what it said before counts no more.
        await approve.EvaluateAsync("button => delete button.dataset.armed");
        await Expect(approve).ToHaveAttributeAsync("data-armed", "true", new() { Timeout = 30_000 });
        await approve.ClickAsync();
    }
}
