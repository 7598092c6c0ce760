using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys.Browsing;

/// <summary>What a person of a journey does again and again.</summary>
public static class Person
{
    public const string Password = "four words in a row";
    private static readonly LocatorAssertionsToBeVisibleOptions _patient = new() { Timeout = 30_000 };

    /// <summary>Opens the link of a new account and chooses <see cref="Password"/>.</summary>
    public static async Task ChoosePasswordAsync(Visit visit, string link)
    {
        ArgumentNullException.ThrowIfNull(visit);
        await visit.Page.GotoAsync(link);
        await visit.Page.GetByLabel("New password").FillAsync(Password);
        await visit.Page.GetByLabel("Once more").FillAsync(Password);
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Set the password" }).ClickAsync();
        await visit.ReadyAsync();
    }

    public static async Task SignInAsync(Visit visit, string email)
    {
        ArgumentNullException.ThrowIfNull(visit);
        await visit.Page.GotoAsync(visit.Site.Url + "/");
        await visit.Page.GetByLabel("E-mail").FillAsync(email);
        await visit.Page.GetByLabel("Password").FillAsync(Password);
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await visit.ReadyAsync();
    }

    /// <summary>Sends a message on the page of a conversation, and sees that it stands there.</summary>
    public static async Task SayAsync(IPage page, string text)
    {
        ArgumentNullException.ThrowIfNull(page);
        var composer = page.Locator("main").GetByRole(AriaRole.Textbox, new() { Name = "Message" });
        await composer.FillAsync(text);
        await composer.PressAsync("Enter");
        await Expect(page.Locator(".msg.me:not(.unsent) .prose", new() { HasTextString = text }).Last).ToBeVisibleAsync(_patient);
    }
}
