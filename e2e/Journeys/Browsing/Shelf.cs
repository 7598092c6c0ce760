using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys.Browsing;

/// <summary>A workspace that is archived and taken back in one conversation, each time with a receipt.</summary>
public sealed class Shelf(string title)
{
    private int _receipts;

    /// <summary>Asks for it, approves what is planned, and waits for the receipt.</summary>
    public async Task ArchiveAsync(IPage page)
    {
        ArgumentNullException.ThrowIfNull(page);
        await Person.SayAsync(page, $"Archive {title}");
        await Approving.ApproveAsync(page.Locator("[data-waits] .plan"));
        await ReceiptAsync(page);
    }

    public async Task BackAsync(IPage page)
    {
        await Person.SayAsync(page, $"Unarchive {title}");
        await ReceiptAsync(page);
    }

    /// <summary>Waits for one receipt more than there was.</summary>
    public Task ReceiptAsync(IPage page)
    {
        ArgumentNullException.ThrowIfNull(page);
        return Expect(page.Locator(".card.receipt")).ToHaveCountAsync(++_receipts, new() { Timeout = 30_000 });
    }
}
