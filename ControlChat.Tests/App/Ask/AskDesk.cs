using ControlChat.App.Ask;
using ControlChat.App.Live;
using ControlChat.App.SignIn;
using ControlChat.Core.Accounts;
using ControlChat.Core.Conversations;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ControlChat.Tests.App.Ask;

/// <summary>Conversations on the record without a worker, and pages of people that look at them through a database of their own.</summary>
internal sealed class AskDesk : IAsyncDisposable
{
    public static readonly Principal Mara = TestPrincipals.Person("acc_mara");
    public static readonly Principal Jonas = TestPrincipals.Person("acc_jonas", "admin");
    private readonly TestSettings _settings = new();
    private int _request;

    private AskDesk(CoreHub hub)
    {
        Hub = hub;
        Reading = new FaultyDatabase(hub.Database);
        Conversations = new ConversationService(hub.Database, _settings);
        Feeds = new ConversationFeeds(hub.Bus, hub.Database, new ConversationLog(), TimeProvider.System, NullLogger<ConversationFeeds>.Instance);
    }

    public CoreHub Hub { get; }

    /// <summary>Through which the pages find conversations. Feeds have the real one.</summary>
    public FaultyDatabase Reading { get; }

    public ConversationService Conversations { get; }

    public ConversationFeeds Feeds { get; }

    /// <summary>The clock of the pages.</summary>
    public FakeTime Time { get; } = new();

    public CapturingLogger<AskConversation> Log { get; } = new();

    /// <summary>Pages run on it, and so does who looks at them.</summary>
    public Dispatcher Dispatcher { get; } = Dispatcher.CreateDefault();

    public static async Task<AskDesk> OpenAsync()
    {
        var hub = await CoreHub.OpenAsync(TestStore.Sqlite, TimeProvider.System);
        await hub.StartAsync();
        return new AskDesk(hub);
    }

    public static CircuitPrincipal Circuit(Principal principal)
    {
        var circuit = new CircuitPrincipal();
        circuit.Set(principal);
        return circuit;
    }

    public AskConversation Page(CircuitPrincipal circuit) => new(new ConversationService(Reading, _settings), Feeds, null!, circuit, Time, Log);

    public async Task<string> NewAsync() => (await Conversations.CreateAsync(Mara, null, default)).Id;

    public async Task SayAsync(string id, string text) =>
        Assert.IsType<PostResult.Accepted>(await Conversations.PostAsync(Mara, id, new PostedMessage(text, $"req-{++_request:00000000}", "ui"), default));

    public Task WriteAsync(string id, int count) => Hub.WriteAsync(transaction => WriteAsync(transaction, id, Mara.AccountId, count));

    /// <summary>Messages that nobody answers.</summary>
    public static async Task WriteAsync(IHubTransaction transaction, string id, string account, int count)
    {
        for (var n = 1; n <= count; n++)
        {
            var message = new Message { Id = $"msg_{n}", Seq = 0, RunId = null, Role = "user", Text = $"message {n}", Author = new MessageAuthor(account, "ui"), At = transaction.Now };
            await ConversationStore.InsertAsync(transaction, id, await ConversationLog.AppendAsync(transaction, id, message, default), default);
        }
    }

    /// <summary>Waits, while the clock of the pages goes on.</summary>
    public Task UntilAsync(Func<bool> condition) => Waiting.UntilAsync(async () =>
    {
        Time.Advance(AskConversation.Beat);
        var holds = false;
        await Dispatcher.InvokeAsync(() => holds = condition());
        return holds;
    });

    public ValueTask DisposeAsync() => Hub.DisposeAsync();
}
