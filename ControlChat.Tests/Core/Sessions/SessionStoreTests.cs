using System.Text.Json.Nodes;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Tests.Core.Hub;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions;

public abstract class SessionStoreTests(TestStore store) : OnEachDatabase(store, TimeProvider.System)
{
    private readonly SessionStore _sessions = new();

    [Fact]
    public async Task What_was_asked_for_waits_in_the_queue_as_it_was_asked_for()
    {
        var asked = SessionBench.Asked() with
        {
            Mode = SessionMode.Terminal,
            Command = """["bash"]""",
            ConversationId = "conv_1",
            TokenId = "tok_1",
            AuthSessionId = "ses_1",
            Capsule = """{"goal":"ü"}""",
            InitialMessage = "Hello",
            InitialMessageState = "waiting",
            BudgetTokens = 5_000_000_000,
        };
        var session = await SessionBench.QueuedAsync(Database, asked);
        Assert.Equal(asked with { CreatedAt = session.CreatedAt, QueuedAt = session.QueuedAt }, session);
        Assert.NotEqual(default, session.CreatedAt);
        Assert.Equal(SessionState.Queued, session.State);
    }

    [Fact]
    public async Task The_same_request_of_the_same_principal_is_the_same_session()
    {
        var first = await SessionBench.QueuedAsync(Database, SessionBench.Asked(request: "request-same"));
        Assert.False(await WriteAsync(t => _sessions.InsertAsync(t, SessionBench.Asked(request: "request-same"), default)));
        Assert.True(await WriteAsync(t => _sessions.InsertAsync(t, SessionBench.Asked("acc_2", request: "request-same"), default)));
        Assert.Equal(first.Id, (await ReadAsync(r => _sessions.FindRequestedAsync(r, first.PrincipalKey, "request-same", default)))!.Id);
    }

    [Fact]
    public async Task One_of_many_workers_takes_it_out_of_the_queue()
    {
        var asked = await SessionBench.QueuedAsync(Database, SessionBench.Asked());
        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => WriteAsync(t => _sessions.StartAsync(t, asked.Id, $"wrk_{i}", t.Now.AddSeconds(30), SessionHandle.New(), t.Now.AddMinutes(30), default))));
        var session = Assert.Single(taken, t => t is not null)!;
        Assert.Equal((SessionState.Starting, 1L), (session.State, session.Fence));
        Assert.NotNull(session.StartedAt);
        Assert.NotNull(session.Worker);
        Assert.True(session.LeaseUntil < session.ExpiresAt);
    }

    [Fact]
    public async Task A_step_is_taken_from_the_state_and_by_the_claim_it_was_meant_for()
    {
        var (session, _) = await StartedAsync();
        Assert.False(await MoveAsync(session.Id, session.Fence + 1, SessionState.Starting, SessionState.Running));
        Assert.False(await MoveAsync(session.Id, session.Fence, SessionState.Running, SessionState.Idle));
        Assert.True(await MoveAsync(session.Id, session.Fence, SessionState.Starting, SessionState.Running));
        Assert.False(await MoveAsync(session.Id, session.Fence, SessionState.Starting, SessionState.Running));
        Assert.True(await MoveAsync(session.Id, session.Fence, SessionState.Running, SessionState.WaitingForApproval));
        Assert.True(await MoveAsync(session.Id, session.Fence, SessionState.WaitingForApproval, SessionState.Idle));
        Assert.Equal(SessionState.Idle, (await SessionBench.ReadAsync(Database, session.Id)).State);
    }

    [Theory]
    [InlineData(SessionState.Queued, SessionState.Running)]
    [InlineData(SessionState.Running, SessionState.Queued)]
    [InlineData(SessionState.Running, SessionState.Ended)]
    [InlineData(SessionState.Ended, SessionState.Running)]
    public async Task There_are_no_other_steps(string from, string to)
    {
        var (session, _) = await StartedAsync();
        await Assert.ThrowsAsync<ArgumentException>(() => MoveAsync(session.Id, session.Fence, from, to));
    }

    [Fact]
    public async Task It_ends_once_for_the_first_reason_and_nothing_changes_it_any_more()
    {
        var (session, handle) = await StartedAsync();
        await WriteAsync(t => _sessions.AppendAsync(t, session.Id, session.Fence, [Event(SessionEvents.System, "a")], default));
        var reasons = SessionEnd.All.ToList();
        var ended = await Task.WhenAll(reasons.Select(reason => WriteAsync(t => _sessions.EndAsync(t, session.Id, reason, reason + "!", default))));
        var reason = reasons[Assert.Single(Enumerable.Range(0, reasons.Count), i => ended[i])];
        var after = await SessionBench.ReadAsync(Database, session.Id);
        Assert.Equal((SessionState.Ended, reason, reason + "!", 2L), (after.State, after.EndReason!, after.Error!, after.LastSeq));
        Assert.Null(after.Worker);
        Assert.NotNull(after.EndedAt);

        Assert.Equal(0, await WriteAsync(t => _sessions.AppendAsync(t, session.Id, session.Fence, [Event(SessionEvents.System, "late")], default)));
        Assert.Equal(0, await WriteAsync(t => _sessions.AppendAsync(t, session.Id, null, [Event(SessionEvents.UserMessage, "late")], default)));
        Assert.False(await MoveAsync(session.Id, session.Fence, SessionState.Starting, SessionState.Running));
        Assert.Null(await WriteAsync(t => _sessions.StartAsync(t, session.Id, "wrk_2", t.Now.AddSeconds(30), SessionHandle.New(), t.Now.AddMinutes(30), default)));
        Assert.Equal(after, await SessionBench.ReadAsync(Database, session.Id));
        Assert.Equal(after, await ReadAsync(r => _sessions.FindByHandleAsync(r, handle.Hash, default)));
        var last = (await ReadAsync(r => _sessions.ReadAsync(r, session.Id, 1, 10, default))).Single();
        Assert.Equal((2L, SessionEvents.Ended, reason), (last.Seq, last.Type, JsonNode.Parse(last.Data)!["reason"]!.GetValue<string>()));
    }

    [Fact]
    public async Task One_that_never_started_ends_too()
    {
        var asked = await SessionBench.QueuedAsync(Database, SessionBench.Asked());
        Assert.True(await SessionBench.EndAsync(Database, asked.Id, SessionEnd.Panic));
        Assert.False(await SessionBench.EndAsync(Database, asked.Id));
        Assert.False(await SessionBench.EndAsync(Database, "ags_none"));
    }

    [Fact]
    public async Task Events_of_many_writers_have_every_number_once_and_stand_in_order()
    {
        var (session, _) = await StartedAsync();
        var lasts = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => WriteAsync(t =>
            _sessions.AppendAsync(t, session.Id, i % 2 == 0 ? session.Fence : null, [.. Enumerable.Range(0, 3).Select(n => Event(SessionEvents.CommandOutput, $"{i}.{n}"))], default))));
        Assert.Equal(Enumerable.Range(1, 10).Select(i => 3L * i), lasts.Order());
        var events = await ReadAsync(r => _sessions.ReadAsync(r, session.Id, 0, 100, default));
        Assert.Equal(Enumerable.Range(1, 30).Select(i => (long)i), events.Select(e => e.Seq));
        Assert.All(events.Chunk(3), three => Assert.Equal(["0", "1", "2"], three.Select(e => Text(e).Split('.')[1])));
        Assert.Equal(30, (await SessionBench.ReadAsync(Database, session.Id)).LastSeq);
        Assert.Equal([28L, 29L], (await ReadAsync(r => _sessions.ReadAsync(r, session.Id, 27, 2, default))).Select(e => e.Seq));
    }

    [Fact]
    public async Task An_event_rolled_back_leaves_no_gap_and_another_workers_is_not_written()
    {
        var (session, _) = await StartedAsync();
        await using (var transaction = await Database.BeginAsync(default))
            Assert.Equal(1, await _sessions.AppendAsync(transaction, session.Id, null, [Event(SessionEvents.System, "lost")], default));
        Assert.Equal(0, await WriteAsync(t => _sessions.AppendAsync(t, session.Id, session.Fence - 1, [Event(SessionEvents.System, "stale")], default)));
        Assert.Equal(1, await WriteAsync(t => _sessions.AppendAsync(t, session.Id, session.Fence, [Event(SessionEvents.System, "zero\0 and \ud800")], default)));
        Assert.StartsWith("zero", Text(Assert.Single(await ReadAsync(r => _sessions.ReadAsync(r, session.Id, 0, 10, default)))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SessionEvents.AgentMessageDelta)]
    [InlineData(SessionEvents.Ended)]
    [InlineData("invented")]
    public async Task Pieces_and_unknown_things_are_no_stored_events(string type)
    {
        var (session, _) = await StartedAsync();
        await Assert.ThrowsAsync<ArgumentException>(() => WriteAsync(t => _sessions.AppendAsync(t, session.Id, null, [Event(type, "x")], default)));
    }

    [Fact]
    public async Task Tokens_add_up_also_those_of_an_answer_that_ended_late()
    {
        var (session, _) = await StartedAsync();
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => AddTokensAsync(session.Id)));
        await SessionBench.EndAsync(Database, session.Id);
        await AddTokensAsync(session.Id);
        var after = await SessionBench.ReadAsync(Database, session.Id);
        Assert.Equal((33L, 22L, 55L), (after.InputTokens, after.OutputTokens, after.UsedTokens));
    }

    private Task<bool> AddTokensAsync(string id) => WriteAsync(async t =>
    {
        await _sessions.AddTokensAsync(t, id, 3, 2, default);
        return true;
    });

    private Task<(Session Session, SessionHandle Handle)> StartedAsync() => SessionBench.StartedAsync(Database, SessionBench.Asked());

    private Task<bool> MoveAsync(string id, long fence, string from, string to) => WriteAsync(t => _sessions.MoveAsync(t, id, fence, from, to, default));

    private Task<T> WriteAsync<T>(Func<IHubTransaction, Task<T>> write) => Database.WriteAsync(write);

    private async Task<T> ReadAsync<T>(Func<IHubReader, Task<T>> read)
    {
        await using var reader = await Database.ReadAsync(default);
        return await read(reader);
    }

    private static SessionEvent Event(string type, string text) => new(type, new JsonObject { ["text"] = text });

    private static string Text(StoredSessionEvent stored) => JsonNode.Parse(stored.Data)!["text"]!.GetValue<string>();
}

public sealed class SqliteSessionStoreTests() : SessionStoreTests(TestStore.Sqlite);

public sealed class PostgresSessionStoreTests() : SessionStoreTests(TestStore.Postgres);
