using Bunit;
using ControlChat.App.Sessions.Screens;
using ControlChat.App.Ui;
using ControlChat.Tests.App.Layout;
using ControlChat.Tests.Support;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Sessions.Screens;

/// <summary>Panic stop from the palette: it asks, and a click ends.</summary>
public sealed class PanicPaletteTests : IAsyncLifetime
{
    private HubShell _shell = null!;

    public async ValueTask InitializeAsync() => _shell = await HubShell.StartAsync();

    public async ValueTask DisposeAsync() => await _shell.DisposeAsync();

    [Theory]
    [InlineData("panic")]
    [InlineData("end my")]
    [InlineData("STOP")]
    public async Task It_is_found_by_its_words(string text) => Assert.Equal("/sessions?panic=1", Assert.Single((await FindAsync(text)).Entries).Href);

    [Fact]
    public async Task Only_an_admin_is_offered_to_end_everybodys()
    {
        Assert.Contains("everybody", Assert.Single((await FindAsync("panic")).Entries).Title, StringComparison.Ordinal);
        _shell.Who.Set(TestPrincipals.Person("acc_2"));
        Assert.Equal("Panic stop: end my sessions", Assert.Single((await FindAsync("panic")).Entries).Title);
    }

    [Fact]
    public void Its_address_opens_the_question_and_cancel_leaves_the_page()
    {
        _shell.Services.GetRequiredService<NavigationManager>().NavigateTo("/sessions?panic=1");
        var page = _shell.Render<SessionsPage>();
        page.WaitForAssertion(() => Assert.Contains("Ends sessions now", page.Markup, StringComparison.Ordinal));
        page.FindAll("button").First(b => b.TextContent == "Cancel").Click();
        Assert.EndsWith("/sessions", _shell.Services.GetRequiredService<NavigationManager>().Uri, StringComparison.Ordinal);
    }

    private async Task<PaletteGroup> FindAsync(string text) => Assert.Single(await new PanicPaletteSource(_shell.Who).FindAsync(text, default));
}
