using ControlChat.Core.Accounts;
using ControlChat.Core.Accounts.Outside;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Xunit;

namespace ControlChat.Tests.Core.Accounts;

/// <summary>A password or an identity counts as a way in where that way is open; on both databases.</summary>
public abstract class OpenWaysTests(TestStore store) : IAsyncDisposable
{
    private const string Known = "https://id.example";
    private const string Gone = "https://old.example";
    private StoredRows? _rows;
    private TestHub? _hub;

    private AccountDirectory Accounts => _hub!.Services.GetRequiredService<AccountDirectory>();

    private People People => _hub!.Services.GetRequiredService<People>();

    public async ValueTask DisposeAsync()
    {
        if (_hub is not null) await _hub.DisposeAsync();
        if (_rows is not null) await _rows.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData("password", true, false)]
    [InlineData("password", false, true)]
    [InlineData(Known, false, false)]
    // As issuers write themselves.
    [InlineData(Known + "/", false, false)]
    [InlineData(Gone, true, true)]
    [InlineData(Known + ".evil.example", true, true)]
    [InlineData("proxy", true, true)]
    public async Task The_first_admins_link_works_while_no_admin_has_a_key_that_opens_something(string key, bool passwords, bool awaits)
    {
        await OpenAsync(passwords);
        Assert.True(await Accounts.AwaitsFirstAdminAsync(default));
        await GiveAsync(_hub!.Person.AccountId, key);
        Assert.Equal(awaits, await Accounts.AwaitsFirstAdminAsync(default));
    }

    [Theory]
    [InlineData("password", true, true)]
    [InlineData("password", false, false)]
    [InlineData(Known, false, true)]
    [InlineData(Gone, true, false)]
    public async Task An_admin_who_cannot_come_in_is_no_other_admin(string key, bool passwords, bool other)
    {
        await OpenAsync(passwords);
        var ben = Assert.IsType<PersonChange.Done>(await People.CreateAsync(null, "ben@halden.example", "Ben", "admin", false, default)).Account.Id;
        await GiveAsync(_hub!.Person.AccountId, Known);
        await GiveAsync(ben, key);
        foreach (var change in new[] { await People.ChangeRoleAsync(null, _hub.Person.AccountId, "member", default), await People.CloseAsync(null, _hub.Person.AccountId, default) })
        {
            if (other) Assert.IsType<PersonChange.Done>(change);
            else Assert.StartsWith("This is the last admin who can sign in.", Assert.IsType<PersonChange.Refused>(change).Message, StringComparison.Ordinal);
        }
        // Who cannot come in takes no way in away.
        if (!other) Assert.IsType<PersonChange.Done>(await People.CloseAsync(null, ben, default));
    }

    [Theory]
    [InlineData(true, false, true, "password")]
    [InlineData(true, false, true, Known + "/")]
    [InlineData(true, false, false)]
    [InlineData(true, false, false, Gone)]
    // A password from before, where there are none now.
    [InlineData(false, false, false, "password")]
    [InlineData(false, false, true, Known + "/")]
    // Whom the operator's links let in, and nobody comes by a password: nothing outlives the provider.
    [InlineData(false, true, true)]
    [InlineData(true, true, false)]
    public async Task An_identity_is_disconnected_while_something_else_of_ones_own_lets_one_in(bool passwords, bool links, bool may, params string[] others)
    {
        await OpenAsync(passwords, links);
        var (person, outside) = (_hub!.Person, _hub.Services.GetRequiredService<OutsideSignIn>());
        await GiveAsync(person.AccountId, Known);
        foreach (var other in others) await GiveAsync(person.AccountId, other);
        var identity = (await outside.ListAsync(person, default)).Single(i => i.Issuer == Known);
        Assert.Equal(may ? null : OutsideSignIn.OnlyWay, await outside.UnlinkAsync(person, identity, default));
        Assert.Equal(!may, (await outside.ListAsync(person, default)).Contains(identity));
    }

    [Fact]
    public async Task Behind_a_proxy_only_whom_it_named_is_another_admin()
    {
        Environment.SetEnvironmentVariable("SignIn__Proxy__Secret", "a-secret-of-the-proxy-and-the-hub");
        await OpenAsync(signIn: false, "--SignIn:Proxy:Enabled=true", "--SignIn:Proxy:KnownProxies:0=127.0.0.1");
        var (ada, ben) = (await AdminAsync("ada@halden.example"), await AdminAsync("ben@halden.example"));
        await GiveAsync(ada, "proxy");
        await GiveAsync(ben, "password");
        await GiveAsync(ben, Known);
        Assert.StartsWith("This is the last admin who can sign in.", Assert.IsType<PersonChange.Refused>(await People.ChangeRoleAsync(null, ada, "member", default)).Message, StringComparison.Ordinal);
        await GiveAsync(ben, "proxy");
        Assert.IsType<PersonChange.Done>(await People.ChangeRoleAsync(null, ada, "member", default));

        async Task<string> AdminAsync(string email) => Assert.IsType<PersonChange.Done>(await People.CreateAsync(null, email, "Ada", "admin", false, default)).Account.Id;
    }

    [Fact]
    public async Task Of_ones_last_two_identities_disconnected_at_once_one_stays()
    {
        await OpenAsync(passwords: true);
        var (person, outside) = (_hub!.Person, _hub.Services.GetRequiredService<OutsideSignIn>());
        await GiveAsync(person.AccountId, Known);
        await GiveAsync(person.AccountId, Known + "/");
        var both = await outside.ListAsync(person, default);
        var answers = await Task.WhenAll(both.Select(identity => Task.Run(() => outside.UnlinkAsync(person, identity, default))));
        Assert.Single(answers, a => a is null);
        Assert.Single(answers, OutsideSignIn.OnlyWay);
        Assert.Single(await outside.ListAsync(person, default));
    }

    [Fact]
    public async Task The_identity_of_a_provider_that_is_gone_is_disconnected_beside_one_that_is_not()
    {
        await OpenAsync(passwords: false);
        var (person, outside) = (_hub!.Person, _hub.Services.GetRequiredService<OutsideSignIn>());
        await GiveAsync(person.AccountId, Known);
        await GiveAsync(person.AccountId, Gone);
        var (known, gone) = ((await outside.ListAsync(person, default)).Single(i => i.Issuer == Known), (await outside.ListAsync(person, default)).Single(i => i.Issuer == Gone));
        Assert.Equal(OutsideSignIn.OnlyWay, await outside.UnlinkAsync(person, known, default));
        Assert.Null(await outside.UnlinkAsync(person, gone, default));
        Assert.Equal(known, Assert.Single(await outside.ListAsync(person, default)));
    }

    private Task OpenAsync(bool passwords, bool links = false) => OpenAsync(signIn: true,
        $"--SignIn:Link={links}", $"--SignIn:Password={passwords}", "--SignIn:Providers:0:Name=Test ID", $"--SignIn:Providers:0:Authority={Known}", "--SignIn:Providers:0:ClientId=hub");

    private async Task OpenAsync(bool signIn, params string[] ways)
    {
        _rows = await store.NewAsync();
        _hub = await TestHub.StartAsync(args: ways, configure: s => s.Replace(ServiceDescriptor.Singleton(p => _rows.Open(p.GetRequiredService<TimeProvider>()))), signIn: signIn);
    }

    private async Task GiveAsync(string account, string key)
    {
        await using var transaction = await _hub!.Services.GetRequiredService<HubDatabase>().BeginAsync(default);
        await transaction.ExecuteAsync(
            key == "password"
                ? "insert into account_passwords (account_id, hash, changed_at) values (@account, 'x', hub_now())"
                : "insert into account_identities (issuer, subject, account_id, linked_at) values (@key, @account, @account, hub_now())",
            new { account, key }, default);
        await transaction.CommitAsync(default);
    }
}

public sealed class OpenWaysOnSqliteTests() : OpenWaysTests(TestStore.Sqlite);

public sealed class OpenWaysOnPostgresTests() : OpenWaysTests(TestStore.Postgres);
