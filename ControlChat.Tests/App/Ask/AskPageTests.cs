using Bunit;
using ControlChat.App.Ask;
using ControlChat.App.Layout;
using ControlChat.App.Live;
using ControlChat.App.Ui;
using ControlChat.Core.Bus;
using ControlChat.Core.Conversations;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using ControlChat.Tests.App.Layout;
using ControlChat.Tests.Support;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.JSInterop;
using Xunit;

namespace ControlChat.Tests.App.Ask;

/// <summary>The Ask page over the real hub, whose database answers the conversation and the list beside it apart from each other.</summary>
public sealed class AskPageTests : IAsyncLifetime
{
    private HubShell _page = null!;
    private FaultyDatabase _reading = null!;
    private FaultyDatabase _listing = null!;
    private string _id = "";

    public async ValueTask InitializeAsync()
    {
        _page = await HubShell.StartAsync();
        var settings = _page.Of<IHubSettings>();
        _reading = new FaultyDatabase(_page.Of<HubDatabase>());
        _listing = new FaultyDatabase(_page.Of<HubDatabase>());
        _page.Services.AddTransient(_ => new AskConversation(
            new ConversationService(_reading, settings), _page.Of<ConversationFeeds>(), null!, _page.Who, TimeProvider.System, NullLogger<AskConversation>.Instance));
        _page.Services.AddTransient(_ => new Threads(new ConversationService(_listing, settings), _page.Who, _page.Of<IBus>(), TimeProvider.System));
        _page.SetRendererInfo(new RendererInfo("Server", isInteractive: true));
        _id = await WriteAsync(40);
    }

    public ValueTask DisposeAsync() => _page.DisposeAsync();

    [Fact]
    public void A_conversation_is_shown_while_the_list_beside_it_is_still_read()
    {
        _listing.Held = new TaskCompletionSource().Task;
        var page = Show();
        page.WaitForAssertion(() => Assert.Equal("message 40", page.FindAll(".msg .prose")[^1].TextContent));
        Assert.NotEmpty(page.FindAll(".threads [aria-busy]"));
    }

    [Fact]
    public async Task What_is_meant_for_an_agent_opens_its_chat_and_is_no_message()
    {
        var page = Show();
        page.WaitForAssertion(() => Assert.NotEmpty(page.FindAll(".msg .prose")));
        var before = await _page.Of<ConversationService>().FindHeadAsync(_page.Hub.Person, _id, default);
        Assert.NotNull(before);
        var slot = _page.Services.GetRequiredService<AgentSlot>();
        var door = (DotNetObjectReference<PaneDoor>)_page.JSInterop.Invocations.Single(call => call.Identifier == "controlchat.ask.attach").Arguments[1]!;
        Assert.Null((await door.Value.Send("@agent hello", "ui-request-1")).Problem);
        Assert.Equal((true, "hello"), (slot.IsOpen, slot.Take()?.Text));
        Assert.Equal("message 40", page.FindAll(".msg .prose")[^1].TextContent);
        Assert.Equal(before, await _page.Of<ConversationService>().FindHeadAsync(_page.Hub.Person, _id, default));
    }

    [Fact]
    public async Task After_trying_again_the_whole_page_knows_the_conversation()
    {
        _reading.OnRead = () => new HubUnavailableException("away", new TimeoutException());
        var page = Show();
        page.WaitForAssertion(() => Assert.Contains("could not be loaded", page.Find(".conv [role=alert]").TextContent, StringComparison.Ordinal));
        // What could not be read is not renamed, archived or exported either.
        Assert.Empty(page.FindAll(".conv-head [data-menu], .conv-head [download]"));
        _reading.OnRead = null;
        await page.Find(".conv [role=alert] button").ClickAsync();
        page.WaitForAssertion(() => Assert.Equal("A long one", page.Find(".topbar h1").TextContent));
        Assert.NotEmpty(page.FindAll(".conv-head [data-menu]"));
    }

    [Fact]
    public async Task Earlier_messages_that_cannot_be_read_cost_a_word_and_not_the_page()
    {
        var page = Show();
        page.WaitForAssertion(() => Assert.NotEmpty(page.FindAll("[data-earlier]")));
        var door = (DotNetObjectReference<PaneDoor>)_page.JSInterop.Invocations.Single(call => call.Identifier == "controlchat.ask.attach").Arguments[1]!;
        _reading.OnRead = () => new HubUnavailableException("away", new TimeoutException());
        Assert.False(await door.Value.Back(null));
        Assert.Contains("could not be loaded", Assert.Single(_page.Services.GetRequiredService<Toasts>().Current).Toast.Text, StringComparison.Ordinal);
        // A toast goes away.
        page.WaitForAssertion(() => Assert.Contains("could not be loaded", page.Find(".note[data-earlier]").TextContent, StringComparison.Ordinal));
        Assert.Equal(AskConversation.Window, page.FindAll(".msg").Count);
        _reading.OnRead = null;
        Assert.True(await door.Value.Back(null));
        page.WaitForAssertion(() => Assert.Equal(40, page.FindAll(".msg").Count));
        Assert.Empty(page.FindAll("[data-earlier]"));
    }

    [Fact]
    public async Task A_head_whose_database_is_away_says_so_and_keeps_what_was_typed()
    {
        var page = Show();
        page.WaitForElement(".conv-head [data-menu]");
        var toasts = _page.Services.GetRequiredService<Toasts>();
        await Item(page, "Archive").ClickAsync();
        var undo = Assert.Single(toasts.Current).Toast.OnAction!;
        _reading.OnBegin = () => new HubUnavailableException("away", new TimeoutException());
        await page.InvokeAsync(undo);
        await Item(page, "Rename").ClickAsync();
        await page.Find(".conv-head input").InputAsync("Spring cleaning");
        await page.Find(".conv-head form").SubmitAsync();
        Assert.Contains("did not answer", page.Find(".conv-head [role=alert]").TextContent, StringComparison.Ordinal);
        Assert.Contains("did not answer", toasts.Current[^1].Toast.Text, StringComparison.Ordinal);
        _reading.OnBegin = null;
        await page.Find(".conv-head form").SubmitAsync();
        page.WaitForAssertion(() => Assert.Equal("Spring cleaning", page.Find(".conv-head h1").TextContent));
    }

    [Fact]
    public async Task Undo_brings_back_the_conversation_that_was_archived_and_not_the_one_that_is_open_by_then()
    {
        var next = (await _page.Of<ConversationService>().CreateAsync(_page.Hub.Person, "Another", default)).Id;
        var toasts = _page.Services.GetRequiredService<Toasts>();
        var page = Show();
        page.WaitForElement(".conv-head [data-menu]");
        await Item(page, "Archive").ClickAsync();
        var undo = Assert.Single(toasts.Current).Toast.OnAction!;
        page.Render(p => p.Add(shown => shown.Id, next));
        page.WaitForAssertion(() => Assert.Equal("Another", page.Find(".conv-head h1").TextContent));
        await Item(page, "Archive").ClickAsync();
        Assert.True(await IsArchivedAsync(_id));
        Assert.True(await IsArchivedAsync(next));
        await page.InvokeAsync(undo);
        Assert.False(await IsArchivedAsync(_id));
        Assert.True(await IsArchivedAsync(next));
    }

    [Fact]
    public async Task The_list_draws_what_moved_and_moved_back_before_it_was_drawn_when_it_moves_again()
    {
        var threads = _page.Services.GetRequiredService<Threads>();
        ThreadList? list = null;
        var shown = _page.Render(builder =>
        {
            builder.OpenComponent<ThreadList>(0);
            builder.AddComponentParameter(1, nameof(ThreadList.State), threads);
            builder.AddComponentParameter(2, nameof(ThreadList.Current), null);
            builder.AddComponentReferenceCapture(3, part => list = (ThreadList)part);
            builder.CloseComponent();
            builder.OpenElement(4, "button");
            builder.AddAttribute(5, "class", "back");
            builder.AddAttribute(6, "onclick", EventCallback.Factory.Create(_page, async () =>
            {
                await list!.SetParametersAsync(At(_id));
                await list.SetParametersAsync(At(null));
            }));
            builder.CloseElement();
        });
        await threads.RefreshAsync();
        shown.WaitForAssertion(() => Assert.NotEmpty(shown.FindAll(".thread")));
        await shown.Find("button.back").ClickAsync();
        Assert.Empty(shown.FindAll("[aria-current=page]"));
        await shown.InvokeAsync(() => list!.SetParametersAsync(At(_id)));
        Assert.NotEmpty(shown.FindAll("[aria-current=page]"));

        static ParameterView At(string? id) => ParameterView.FromDictionary(new Dictionary<string, object?> { [nameof(ThreadList.Current)] = id });
    }

    private IRenderedComponent<AskPage> Show() => _page.Render<AskPage>(p => p.Add(page => page.Id, _id));

    private static AngleSharp.Dom.IElement Item(IRenderedComponent<AskPage> page, string words) =>
        page.FindAll(".conv-head [role=menuitem]").Single(item => item.TextContent == words);

    private async Task<bool> IsArchivedAsync(string id) => (await _page.Of<ConversationService>().FindHeadAsync(_page.Hub.Person, id, default))!.Archived;

    private async Task<string> WriteAsync(int messages)
    {
        var conversation = await _page.Of<ConversationService>().CreateAsync(_page.Hub.Person, "A long one", default);
        await using var transaction = await _page.Of<HubDatabase>().BeginAsync(default);
        await AskDesk.WriteAsync(transaction, conversation.Id, _page.Hub.Person.AccountId, messages);
        await transaction.CommitAsync(default);
        return conversation.Id;
    }
}
