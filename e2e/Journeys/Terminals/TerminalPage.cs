using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys.Terminals;

/// <summary>A terminal's page, as a person has it in front of them.</summary>
internal static class TerminalPage
{
    private const float Patience = 60_000;

    public const string Over = "The session has ended.";

    public static readonly LocatorAssertionsToContainTextOptions Patient = new() { Timeout = Patience };

    public static readonly LocatorAssertionsToBeVisibleOptions Visible = new() { Timeout = Patience };

    public static ILocator Rows(IPage page) => page.Locator("[data-part=screen] .xterm-rows").First;

    public static ILocator Line(IPage page) => page.GetByLabel("Line for the terminal");

    public static async Task OpenAsync(Visit visit, string session, bool inControl = true)
    {
        await visit.GoAsync($"/sessions/{session}");
        if (inControl) await InControlAsync(visit.Page);
    }

    public static Task InControlAsync(IPage page) => Expect(page.GetByText("You are in control.")).ToBeVisibleAsync(Visible);

    public static async Task TypeAsync(IPage page, string line)
    {
        await page.Locator("[data-part=screen] .xterm-helper-textarea").FocusAsync();
        await page.Keyboard.TypeAsync(line);
        await page.Keyboard.PressAsync("Enter");
    }

    /// <summary>Into the line below the screen, with a thumb.</summary>
    public static async Task SendAsync(IPage page, string line)
    {
        await Line(page).FillAsync(line);
        await page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
    }

    /// <param name="name">As it is read out: <c>Up</c>, <c>Ctrl C, interrupt</c>.</param>
    public static Task KeyAsync(IPage page, string name) => page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true }).ClickAsync();

    public static Task SeesAsync(IPage page, string text) => Expect(Rows(page)).ToContainTextAsync(text, Patient);

    public static Task EndedAsync(IPage page) => Expect(page.GetByText(Over).First).ToBeVisibleAsync(Visible);
}
