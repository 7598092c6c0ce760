using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Tokens;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Faults;

/// <summary>Sessions at work in a hub on SQLite, without an agent behind them: put into its rows, with tokens under its key.</summary>
internal sealed class AgentSessions : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly HubDatabase _database;
    private readonly SessionStore _sessions = new();
    private readonly AgentTokenKey _key;
    private readonly AgentTokens _tokens;

    public AgentSessions(string dataDirectory)
    {
        _services = new ServiceCollection().AddSingleton(TimeProvider.System).AddHub(_ => new HubPlace(dataDirectory)).BuildServiceProvider();
        _database = _services.GetRequiredService<HubDatabase>();
        _key = new AgentTokenKey(new OwnKey("session-tokens", Path.Combine(dataDirectory, "keys", "session-tokens.pem"), null));
        _tokens = new AgentTokens(_database, _sessions, new HubIdentity(_database), _key);
    }

    /// <returns>Its token: a quarter of an hour long.</returns>
    public async Task<string> BeginAsync(string workspaceId, string ownerId)
    {
        var id = await PutAsync(workspaceId, ownerId, SessionMode.Chat);
        return await _tokens.IssueAsync(id, AgentScopes.All, default) ?? throw new InvalidOperationException("The session has no token.");
    }

    /// <returns>The id of a terminal's session that no worker has: its stream waits.</returns>
    public Task<string> BeginTerminalAsync(string workspaceId, string ownerId) => PutAsync(workspaceId, ownerId, SessionMode.Terminal);

    public async ValueTask DisposeAsync()
    {
        _key.Dispose();
        await _services.DisposeAsync();
    }

    private async Task<string> PutAsync(string workspaceId, string ownerId, string mode)
    {
        var session = new Session
        {
            Id = Ids.New(Session.Prefix),
            WorkspaceId = workspaceId,
            OwnerId = ownerId,
            Mode = mode,
            Profile = "default",
            RequestId = $"fault-{Credential.New()}",
            PrincipalKey = $"account:{ownerId}",
        };
        await using var transaction = await _database.BeginAsync(default);
        await _sessions.InsertAsync(transaction, session, default);
        await _sessions.StartAsync(transaction, session.Id, "wrk_fault", transaction.Now.AddHours(1), SessionHandle.New(), transaction.Now.AddHours(1), default);
        await transaction.CommitAsync(default);
        return session.Id;
    }
}
