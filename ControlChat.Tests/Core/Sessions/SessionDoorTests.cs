using ControlChat.Core.Accounts;
using ControlChat.Core.Sessions;
using ControlChat.Core.Settings;
using ControlChat.Core.Workspaces;
using ControlChat.Tests.Core.Workspaces;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions;

/// <summary>What a handle opens, and from which moment on it opens nothing.</summary>
public abstract class SessionDoorTests(TestStore store) : IAsyncLifetime
{
    private readonly SessionStore _sessions = new();
    private WorkspaceHub _hub = null!;
    private string _workspace = "";

    public async ValueTask InitializeAsync()
    {
        _hub = await WorkspaceHub.OpenAsync(store);
        await _hub.AccountAsync("acc_1");
        _workspace = await _hub.AddAsync("Place");
    }

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_session_at_work_is_let_in()
    {
        var (session, handle) = await StartedAsync();
        Assert.Equal(session, Assert.IsType<SessionAdmission.Allowed>(await AdmitAsync(handle)).Session);
    }

    [Fact]
    public async Task A_handle_of_nobody_is_unknown_also_one_of_another_hub()
    {
        await StartedAsync();
        await using var other = await WorkspaceHub.OpenAsync(store);
        var (_, foreign) = await SessionBench.StartedAsync(other.Database, SessionBench.Asked());
        Assert.Equal(SessionRefusal.Unknown, await ReasonAsync(foreign));
        Assert.Equal(SessionRefusal.Unknown, await ReasonAsync(SessionHandle.New()));
    }

    [Fact]
    public async Task The_handle_dies_with_the_session()
    {
        var (session, handle) = await StartedAsync();
        await SessionBench.EndAsync(_hub.Database, session.Id, SessionEnd.Failed);
        var refused = Assert.IsType<SessionAdmission.Refused>(await AdmitAsync(handle));
        Assert.Equal((SessionRefusal.Ended, session.Id), (refused.Reason, refused.Session!.Id));
        Assert.Contains("failed", refused.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Past_its_time_it_is_expired_although_nobody_ended_it()
    {
        var (_, handle) = await StartedAsync(TimeSpan.FromMilliseconds(-1));
        Assert.Equal(SessionRefusal.Expired, await ReasonAsync(handle));
    }

    [Theory]
    [InlineData("update workspaces set state = 'archived'")]
    [InlineData("update workspaces set state = 'trashed'")]
    [InlineData("delete from workspace_members")]
    [InlineData("update workspace_members set role = 'viewer'")]
    [InlineData("update accounts set closed_at = hub_now()")]
    public async Task Rights_that_are_lost_are_lost_at_the_next_call(string loss)
    {
        var (_, handle) = await StartedAsync();
        await _hub.WriteAsync(t => t.ExecuteAsync(loss, null, default));
        Assert.Equal(SessionRefusal.Revoked, await ReasonAsync(handle));
    }

    [Fact]
    public async Task A_collaborator_may_and_a_stranger_may_not()
    {
        await _hub.AccountAsync("acc_2");
        var (_, handle) = await SessionBench.StartedAsync(_hub.Database, SessionBench.Asked("acc_2", _workspace));
        Assert.Equal(SessionRefusal.Revoked, await ReasonAsync(handle));
        await _hub.JoinAsync(_workspace, "acc_2", WorkspaceRole.Collaborator);
        Assert.IsType<SessionAdmission.Allowed>(await AdmitAsync(handle));
    }

    [Theory]
    [InlineData("revoked_at = hub_now()", SessionRefusal.Revoked)]
    [InlineData("scopes = 1", SessionRefusal.Revoked)]
    [InlineData("name = 'other'", null)]
    public async Task A_session_asked_for_with_a_token_ends_with_it(string change, string? reason)
    {
        await _hub.WriteAsync(t => t.ExecuteAsync("""
            insert into api_tokens (id, hash, account_id, name, scopes, created_at, expires_at) values ('tok_1', 'h', 'acc_1', 't', @scopes, hub_now(), '9999-01-01T00:00:00.000Z')
            """, new { scopes = TokenScopes.All }, default));
        var (_, handle) = await SessionBench.StartedAsync(_hub.Database, SessionBench.Asked("acc_1", _workspace) with { TokenId = "tok_1" });
        await _hub.WriteAsync(t => t.ExecuteAsync("update api_tokens set " + change, null, default));
        Assert.Equal(reason, await ReasonAsync(handle));
    }

    [Theory]
    [InlineData("hub", null, true)]
    [InlineData("workspace", "here", true)]
    [InlineData("workspace", "ws_other", false)]
    [InlineData("agent", "workspace_agent", true)]
    [InlineData("agent", "control-agent", false)]
    [InlineData("tool", "workspace.create", false)]
    public async Task A_stop_switch_holds_it_up_until_it_is_lifted(string scope, string? target, bool stops)
    {
        var (_, handle) = await StartedAsync();
        await _hub.WriteAsync(t => t.ExecuteAsync("insert into freezes (id, scope, target, reason, set_by, set_at) values ('frz_1', @scope, @target, 'Drill.', 'acc_1', hub_now())",
            new { scope, target = target == "here" ? _workspace : target }, default));
        Assert.Equal(stops ? SessionRefusal.Frozen : null, await ReasonAsync(handle));
        await _hub.WriteAsync(t => t.ExecuteAsync("update freezes set lifted_at = hub_now()", null, default));
        Assert.Null(await ReasonAsync(handle));
    }

    [Theory]
    [InlineData("lite", null)]
    [InlineData("full", SessionRefusal.Revoked)]
    public async Task The_lite_hubs_one_workspace_has_no_row_and_is_its_own_only(string kind, string? reason)
    {
        _hub.Settings.Current = new HubOptions { Hub = new HubSection { Kind = kind } };
        var (_, handle) = await SessionBench.StartedAsync(_hub.Database, SessionBench.Asked("acc_1", "local"));
        Assert.Equal(reason, await ReasonAsync(handle));
    }

    [Fact]
    public void A_handle_has_one_form_and_prints_none()
    {
        var handle = SessionHandle.New();
        Assert.Matches("^cch_[A-Za-z0-9_-]{43}$", handle.Secret);
        Assert.Equal(handle.Hash, SessionHandle.Read(handle.Secret)!.Hash);
        Assert.DoesNotContain(handle.Secret[4..], $"{handle}", StringComparison.Ordinal);
        foreach (var other in new[] { null, "", "cch_", handle.Secret[4..], handle.Secret + "x", handle.Secret[..^1], "CCH_" + handle.Secret[4..], "cct_" + handle.Secret[4..], handle.Secret[..^1] + "=", " " + handle.Secret })
            Assert.Null(SessionHandle.Read(other));
    }

    private Task<(Session Session, SessionHandle Handle)> StartedAsync(TimeSpan? life = null) => SessionBench.StartedAsync(_hub.Database, SessionBench.Asked("acc_1", _workspace), life);

    private Task<SessionAdmission> AdmitAsync(SessionHandle handle) =>
        new SessionDoor(_hub.Database, _sessions, _hub.Workspaces, new Principals(new AccountStore(new LinkPolicy()), new BrowserSessionStore(), new ApiTokenStore()), _hub.Settings).AdmitAsync(handle, default);

    private async Task<string?> ReasonAsync(SessionHandle handle) => await AdmitAsync(handle) is SessionAdmission.Refused refused ? refused.Reason : null;
}

public sealed class SqliteSessionDoorTests() : SessionDoorTests(TestStore.Sqlite);

public sealed class PostgresSessionDoorTests() : SessionDoorTests(TestStore.Postgres);
