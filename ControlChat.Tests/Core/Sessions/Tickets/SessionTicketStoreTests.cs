using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Tickets;
using ControlChat.Tests.Core.Hub;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Tickets;

/// <summary>Tickets as rows: once, for a while, found along an index.</summary>
public abstract class SessionTicketStoreTests(TestStore store) : OnEachDatabase(store, TimeProvider.System)
{
    [Fact]
    public async Task A_ticket_is_taken_once_by_one_of_many()
    {
        var ticket = await NoteAsync(SessionTicket.Once, TimeSpan.FromSeconds(30));
        // Noting it twice, as after a lost answer, makes no second one.
        await SessionTicketStore.NoteAsync(Database, ticket, default);
        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => TakeAsync(ticket.Hash)));
        Assert.Equal(ticket, Assert.Single(taken, t => t is not null));
    }

    [Fact]
    public async Task One_that_is_too_old_or_of_another_use_is_not_taken()
    {
        Assert.Null(await TakeAsync((await NoteAsync(SessionTicket.Once, TimeSpan.FromSeconds(-1))).Hash));
        var window = await NoteAsync(SessionTicket.Window, TimeSpan.FromHours(1));
        Assert.Null(await TakeAsync(window.Hash));
        await using var reader = await Database.ReadAsync(default);
        Assert.Equal(window, await SessionTicketStore.FindAsync(reader, window.Hash, SessionTicket.Window, default));
        Assert.Null(await SessionTicketStore.FindAsync(reader, window.Hash, SessionTicket.Embed, default));
    }

    [Fact]
    public async Task Old_ones_are_removed_and_no_others()
    {
        await NoteAsync(SessionTicket.Window, TimeSpan.FromHours(1));
        Assert.False(await SessionTicketStore.AreAnyOldAsync(Database, default));
        await NoteAsync(SessionTicket.Embed, TimeSpan.FromSeconds(-1));
        Assert.True(await SessionTicketStore.AreAnyOldAsync(Database, default));
        var left = await Database.WriteAsync(async t =>
        {
            await SessionTicketStore.ForgetAsync(t, default);
            return await t.QueryAsync<string>("select purpose from session_tickets", null, default);
        });
        Assert.Equal(["window"], left);
    }

    [Fact]
    public async Task They_are_found_along_an_index()
    {
        var ticket = await NoteAsync(SessionTicket.Embed, TimeSpan.FromHours(1));
        await using var session = await Database.ReadAsync(default);
        var plans = new PlanReader(session);
        await SessionTicketStore.FindAsync(plans, ticket.Hash, SessionTicket.Embed, default);
        await plans.QueryAsync<string>("select hash from session_tickets where expires_at <= hub_now()", null, default);
        Assert.Empty(plans.Unindexed("session_tickets"));
    }

    private async Task<SessionTicket> NoteAsync(string purpose, TimeSpan life)
    {
        var session = await SessionBench.QueuedAsync(Database, SessionBench.Asked());
        await using var reader = await Database.ReadAsync(default);
        // As rows hold it.
        var now = Timestamps.Parse(Timestamps.Format(reader.Now));
        var ticket = new SessionTicket
        {
            Hash = Credential.Hash(Credential.New()),
            Purpose = purpose,
            SessionId = session.Id,
            AccountId = session.OwnerId,
            TokenId = "tok_1",
            Access = TicketAccess.Control,
            Until = now + TimeSpan.FromHours(12),
            ExpiresAt = now + life,
        };
        await SessionTicketStore.NoteAsync(Database, ticket, default);
        return ticket;
    }

    private Task<SessionTicket?> TakeAsync(string hash) => Database.WriteAsync(t => SessionTicketStore.TakeAsync(t, hash, default));
}

public sealed class SqliteSessionTicketStoreTests() : SessionTicketStoreTests(TestStore.Sqlite);

public sealed class PostgresSessionTicketStoreTests() : SessionTicketStoreTests(TestStore.Postgres);
