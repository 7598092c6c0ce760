using ControlChat.Core.Conversations;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Runner;
using ControlChat.Tests.Core.Gate;
using ControlChat.Tests.Support;
using Microsoft.Extensions.AI;
using Xunit;

namespace ControlChat.Tests.Core.Runner;

/// <summary>A worker has its model's answer and does not know yet that the run is not its own any more: what it asks the gate for is not done.</summary>
public abstract class LostRunTests(TestStore store) : IAsyncLifetime
{
    private GateHub _hub = null!;
    private RunRow _run = null!;
    private CallRow _call = null!;

    public async ValueTask InitializeAsync()
    {
        _hub = await GateHub.CreateAsync(store);
        var conversations = new ConversationService(_hub.Database, _hub.Settings);
        var conversation = await conversations.CreateAsync(GateHub.Ada, "test", default);
        var posted = (PostResult.Accepted)await conversations.PostAsync(GateHub.Ada, conversation.Id, new PostedMessage("go", "request-1", "ui"), default);
        _run = (await WriteAsync(t => RunStore.ClaimAsync(t, posted.RunId, "wrk_slow", t.Now + RunWorker.Lease, default)))!;
        _call = Assert.Single(Tools.Prepare(_run, [new FunctionCallContent("x", ToolWireName.Of("note.set"), new Dictionary<string, object?> { ["id"] = "a", ["text"] = "one" })]));
    }

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    private ToolStep Tools => new(_hub.Gate, _hub.Get<IToolCatalog>(), _hub.Time);

    [Fact]
    public async Task While_the_run_is_its_own_a_call_is_carried_out()
    {
        Assert.Equal("completed", (await InvokeAsync()).Status);
        Assert.Equal("one", await _hub.NoteAsync("a"));
    }

    [Fact]
    public async Task After_the_person_cancelled_nothing_is_applied()
    {
        await WriteAsync(t => t.ExecuteAsync("update runs set status = 'cancelled'", null, default));
        await NothingIsDoneAsync();
    }

    [Fact]
    public async Task After_another_worker_took_the_run_over_only_that_one_applies()
    {
        var other = (await WriteAsync(async t =>
        {
            await RunStore.ReleaseAsync(t, _run, "queued", default);
            return await RunStore.ClaimAsync(t, _run.Id, "wrk_other", t.Now + RunWorker.Lease, default);
        }))!;
        await NothingIsDoneAsync();
        _run = other;
        Assert.Equal("completed", (await InvokeAsync()).Status);
        Assert.Equal("one", await _hub.NoteAsync("a"));
    }

    private async Task NothingIsDoneAsync()
    {
        Assert.Equal("conflict", (await InvokeAsync()).Status);
        Assert.Null(await _hub.NoteAsync("a"));
        Assert.DoesNotContain(await _hub.EventsAsync(), e => e.StartsWith("tool.applied", StringComparison.Ordinal));
    }

    private async Task<Outcome> InvokeAsync() => (await Tools.InvokeAsync(_run, GateHub.Ada, _call, default)).Outcome;

    private async Task<T> WriteAsync<T>(Func<IHubTransaction, Task<T>> write)
    {
        await using var transaction = await _hub.Database.BeginAsync(default);
        var result = await write(transaction);
        await transaction.CommitAsync(default);
        return result;
    }
}

public sealed class LostRunOnSqliteTests() : LostRunTests(TestStore.Sqlite);

public sealed class LostRunOnPostgresTests() : LostRunTests(TestStore.Postgres);
