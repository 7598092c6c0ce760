using Bunit;
using ControlChat.App.AgentChats;
using ControlChat.App.Layout;
using ControlChat.App.SignIn;
using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Tests.App.Layout;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.AgentChats;

/// <summary>"@agent" in the palette.</summary>
public sealed class AgentPaletteTests : IDisposable
{
    private readonly ShellPage _page = new();
    private readonly CircuitPrincipal _who = new();

    public AgentPaletteTests()
    {
        _page.Services.AddSingleton(_who).AddScoped<IPaletteSource, AgentPaletteSource>();
        _who.Set(new Principal("acc_1", "Mara", "member", "aus_1", null, null, TokenScopes.All, _page.Time.GetUtcNow()));
    }

    public void Dispose() => _page.Dispose();

    [Fact]
    public void Enter_opens_the_agent_of_the_workspace_on_the_page_with_what_is_said()
    {
        _page.Services.GetRequiredService<PageContext>().Show(this, [], new PageWorkspace("ws_1", "river-gauge"));
        var palette = Typed("@agent hello there");
        Assert.Equal("Tell the agent of river-gauge: “hello there”", Selected(palette));
        palette.Find("input").KeyDown(new KeyboardEventArgs { Key = "Enter" });
        Assert.Equal(("hello there", new AgentTarget(new PageWorkspace("ws_1", "river-gauge"))), Slot.Take() is { } wish ? (wish.Text, wish.Target) : default);
        Assert.True(Slot.IsOpen);
        Assert.Null(_page.Services.GetRequiredService<AskRequests>().Take());
    }

    [Theory]
    [InlineData("@", "Chat with an agent")]
    [InlineData("@Age", "Chat with an agent")]
    [InlineData("@agent", "Chat with an agent")]
    [InlineData("@agent hi", "Tell an agent: “hi”")]
    public void The_word_is_offered_while_it_is_typed_and_asks_where_there_is_no_workspace(string text, string words)
    {
        var palette = Typed(text);
        Assert.Equal(words, Selected(palette));
        Assert.Equal("asks which workspace", palette.Find("[aria-label=Agent] .small").TextContent);
    }

    [Theory]
    [InlineData(null, "ws_2", "Chat with the agent of tide-tables", "in the open chat")]
    [InlineData("ws_2", "ws_2", "Chat with the agent of tide-tables", "in the open chat")]
    [InlineData("ws_1", "ws_1", "Chat with the agent of river-gauge", "beside the page")]
    public void Where_a_chat_is_open_it_says_whose_agent_is_meant_and_means_it(string? here, string meant, string words, string hint)
    {
        if (here is not null) _page.Services.GetRequiredService<PageContext>().Show(this, [], new PageWorkspace(here, here == "ws_1" ? "river-gauge" : "tide-tables"));
        Slot.Talking = new PageWorkspace("ws_2", "tide-tables");
        var palette = Typed("@agent");
        Assert.Equal((words, hint), (Selected(palette), palette.Find("[aria-label=Agent] .small").TextContent));
        // The page is another one by the time it is taken.
        _page.Services.GetRequiredService<PageContext>().Show(this, [], new PageWorkspace("ws_3", "another"));
        palette.Find("input").KeyDown(new KeyboardEventArgs { Key = "Enter" });
        palette.Find("input").KeyDown(new KeyboardEventArgs { Key = "Enter" });
        Assert.Equal(meant, Slot.Take()?.Target?.Workspace?.Id);
        Assert.Null(Slot.Take());
    }

    [Fact]
    public void Control_enter_asks_the_control_agent_all_the_same()
    {
        Typed("@agent hello").Find("input").KeyDown(new KeyboardEventArgs { Key = "Enter", CtrlKey = true });
        Assert.Equal("@agent hello", _page.Services.GetRequiredService<AskRequests>().Take()?.Text);
        Assert.False(Slot.IsOpen);
    }

    [Theory]
    [InlineData("agent")]
    [InlineData("@agents")]
    [InlineData("")]
    public void Other_texts_open_no_chat(string text) => Assert.Empty(Typed(text).FindAll("[aria-label=Agent]"));

    [Fact]
    public void Nobody_signed_in_is_offered_none()
    {
        _who.Set(null);
        Assert.Empty(Typed("@agent").FindAll("[aria-label=Agent]"));
    }

    private AgentSlot Slot => _page.Services.GetRequiredService<AgentSlot>();

    private IRenderedComponent<Palette> Typed(string text)
    {
        var palette = _page.Render<Palette>();
        palette.Find("input").Input(text);
        return palette;
    }

    private static string Selected(IRenderedComponent<Palette> palette) => palette.Find("[aria-selected=true] .grow").TextContent;
}
