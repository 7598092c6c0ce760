using ControlChat.Core.Accounts;
using ControlChat.Core.Accounts.Passwords;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Xunit;

namespace ControlChat.Tests.Core.Accounts;

/// <summary>The last two admins, and two processes of which each would take one of them away, at once; on both databases.</summary>
public abstract class LastAdminTests(TestStore store) : IAsyncLifetime
{
    private const int Rounds = 10;
    private StoredRows _rows = null!;
    private TestHub _hub = null!;
    private HubDatabase _elsewhere = null!;

    public async ValueTask InitializeAsync()
    {
        _rows = await store.NewAsync();
        _hub = await TestHub.StartAsync(configure: s => s.Replace(ServiceDescriptor.Singleton(p => _rows.Open(p.GetRequiredService<TimeProvider>()))));
        _elsewhere = _rows.Open(TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await _elsewhere.DisposeAsync();
        await _hub.DisposeAsync();
        await _rows.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData("role", "role")]
    [InlineData("role", "close")]
    [InlineData("close", "close")]
    public async Task One_is_refused_and_one_admin_stays(string first, string second)
    {
        var (here, there) = (_hub.Services.GetRequiredService<People>(), Elsewhere());
        var (ada, ben) = (_hub.Person.AccountId, await MakeAsync(here));
        for (var round = 0; round < Rounds; round++)
        {
            // Now and then the other one is asked first.
            var (one, two) = round % 2 == 0 ? (here, there) : (there, here);
            var changes = await Task.WhenAll(Task.Run(() => TakeAsync(one, first, ada)), Task.Run(() => TakeAsync(two, second, ben)));
            Assert.StartsWith("This is the last admin.", Assert.Single(changes.OfType<PersonChange.Refused>()).Message, StringComparison.Ordinal);
            var left = Assert.Single(await here.ListAsync(null, default), a => a is { Role: "admin", ClosedAt: null });
            Assert.Equal(changes[0] is PersonChange.Refused ? ada : ben, left.Id);
            foreach (var id in (string[])[ada, ben])
            {
                Assert.IsType<PersonChange.Done>(await here.ReopenAsync(null, id, default));
                Assert.IsType<PersonChange.Done>(await here.ChangeRoleAsync(null, id, "admin", default));
            }
        }
    }

    [Fact]
    public async Task Of_two_who_close_each_other_in_their_own_browsers_one_goes_and_the_other_is_the_last()
    {
        var (here, there) = (_hub.Services.GetRequiredService<People>(), Elsewhere());
        var ben = await MakeAsync(here);
        using var browser = new TestBrowser(_hub.Url);
        var link = await _hub.Services.GetRequiredService<LinkSignIn>().CreateLinkAsync(ben, AccountActor.Operator, default);
        Assert.Equal(303, (await browser.GetAsync($"{_hub.Url}/login?t={link}")).Status);
        var session = Assert.Single(await _hub.Services.GetRequiredService<BrowserSessions>().ListAsync(ben, default));
        var person = _hub.Person with { AccountId = ben, Name = "Ben", AuthSessionId = session.Id };
        var changes = await Task.WhenAll(Task.Run(() => here.CloseAsync(_hub.Person, ben, default)), Task.Run(() => there.CloseAsync(person, _hub.Person.AccountId, default)));
        Assert.Single(changes.OfType<PersonChange.Refused>());
        var left = Assert.Single(await here.ListAsync(null, default), a => a is { Role: "admin", ClosedAt: null });
        Assert.Equal(changes[0] is PersonChange.Refused ? ben : _hub.Person.AccountId, left.Id);
    }

    // As another process of the hub has it: nothing is shared but the rows.
    private People Elsewhere()
    {
        var rooms = _hub.Services;
        return new People(
            _elsewhere, rooms.GetRequiredService<AccountStore>(), rooms.GetRequiredService<PasswordStore>(), rooms.GetRequiredService<BrowserSessionStore>(), rooms.GetRequiredService<ApiTokenStore>(),
            rooms.GetRequiredService<IPrincipals>(),
            new RecentSignIn(_elsewhere, rooms.GetRequiredService<BrowserSessionStore>(), rooms.GetRequiredService<IPrincipals>(), rooms.GetRequiredService<ISignInPolicy>()), rooms.GetRequiredService<IAccountRecord>(), rooms.GetRequiredService<ISignInPolicy>());
    }

    private static Task<PersonChange> TakeAsync(People people, string how, string id) => how == "close" ? people.CloseAsync(null, id, default) : people.ChangeRoleAsync(null, id, "member", default);

    private static async Task<string> MakeAsync(People people) =>
        Assert.IsType<PersonChange.Done>(await people.CreateAsync(null, "ben@halden.example", "Ben", "admin", false, default)).Account.Id;
}

public sealed class LastAdminOnSqliteTests() : LastAdminTests(TestStore.Sqlite);

public sealed class LastAdminOnPostgresTests() : LastAdminTests(TestStore.Postgres);
