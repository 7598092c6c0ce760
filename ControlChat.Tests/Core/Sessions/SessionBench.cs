using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;

namespace ControlChat.Tests.Core.Sessions;

/// <summary>Sessions as a worker has them: out of the queue, with a handle, for half an hour.</summary>
internal static class SessionBench
{
    private static readonly SessionStore _store = new();
    private static int _number;

    public static Session Asked(string owner = "acc_1", string workspace = "ws_1", string? request = null) => new()
    {
        Id = Ids.New(Session.Prefix),
        WorkspaceId = workspace,
        OwnerId = owner,
        Mode = SessionMode.Chat,
        Profile = "default",
        RequestId = request ?? $"request-{Interlocked.Increment(ref _number)}",
        PrincipalKey = $"account:{owner}",
    };

    public static Task<Session> QueuedAsync(HubDatabase database, Session asked) => database.WriteAsync(async t =>
    {
        await _store.InsertAsync(t, asked, default);
        return (await _store.FindAsync(t, asked.Id, default))!;
    });

    public static async Task<(Session Session, SessionHandle Handle)> StartedAsync(HubDatabase database, Session asked, TimeSpan? life = null)
    {
        var handle = SessionHandle.New();
        await QueuedAsync(database, asked);
        var session = await database.WriteAsync(t => _store.StartAsync(t, asked.Id, "wrk_1", t.Now.AddHours(1), handle, t.Now + (life ?? TimeSpan.FromMinutes(30)), default));
        return (session!, handle);
    }

    public static Task<bool> EndAsync(HubDatabase database, string id, string reason = SessionEnd.Stopped) => database.WriteAsync(t => _store.EndAsync(t, id, reason, null, default));

    public static async Task<Session> ReadAsync(HubDatabase database, string id)
    {
        await using var reader = await database.ReadAsync(default);
        return (await _store.FindAsync(reader, id, default))!;
    }

    public static async Task<T> WriteAsync<T>(this HubDatabase database, Func<IHubTransaction, Task<T>> write)
    {
        await using var transaction = await database.BeginAsync(default);
        var result = await write(transaction);
        await transaction.CommitAsync(default);
        return result;
    }
}
