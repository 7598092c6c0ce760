using System.Text.Json.Nodes;
using ControlChat.App.SignIn;
using ControlChat.Core.Accounts;
using ControlChat.Core.Accounts.OpenId;
using ControlChat.Core.Accounts.Outside;
using ControlChat.Core.Accounts.Passwords;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Xunit;

namespace ControlChat.Tests.App.SignIn;

/// <summary>A refusal's row is written whoever hangs up, and what it was to tell is not lost where it cannot be.</summary>
public sealed class RefusalRowTests : IAsyncLifetime
{
    private const string Network = "192.0.2.1";
    private readonly CancellationTokenSource _browser = new();
    private FaultyRecord _record = null!;
    private TestHub _hub = null!;

    public async ValueTask InitializeAsync() => _hub = await TestHub.StartAsync(
        args: ["--SignIn:Password=true", "--SignIn:Providers:0:Name=Test ID", "--SignIn:Providers:0:Authority=https://id.example", "--SignIn:Providers:0:ClientId=hub"],
        configure: s => s.Replace(ServiceDescriptor.Singleton<IAccountRecord>(p => _record = new FaultyRecord(ActivatorUtilities.CreateInstance<AccountRecord>(p)))));

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await _hub.DisposeAsync();
    }

    [Theory]
    [InlineData("link", "unknown")]
    [InlineData("password", "wrong")]
    [InlineData("password_link", "unknown")]
    [InlineData("identity", "no_rule")]
    [InlineData("connect", "linked_elsewhere")]
    [InlineData("disconnect", "only_way")]
    [InlineData("provider", "state")]
    public async Task Who_goes_away_takes_no_row_along(string door, string reason)
    {
        await RefuseAsync(door, r =>
        {
            // At the very moment that the row is granted, with what it tells of others.
            _browser.Cancel();
            return Refusals.RowFor(r, Network);
        });
        var row = (await RowsAsync())[^1];
        Assert.Equal(("signin.failed", reason), (row["event"]!.ToString(), row["data"]!["reason"]!.ToString()));
    }

    [Theory]
    [InlineData("link", "unknown")]
    [InlineData("password", "wrong")]
    [InlineData("password_link", "unknown")]
    [InlineData("identity", "no_rule")]
    [InlineData("connect", "linked_elsewhere")]
    [InlineData("disconnect", "only_way")]
    [InlineData("provider", "state")]
    [InlineData("proxy", "proxy_secret")]
    public async Task What_cannot_be_written_is_told_by_the_next_row(string door, string reason)
    {
        _record.Faulty = true;
        await Assert.ThrowsAsync<HubUnavailableException>(() => RefuseAsync(door, r => Refusals.RowFor(r, Network)));
        _record.Faulty = false;
        await RefuseAsync(door, r => Refusals.RowFor(r, Network));
        var row = (await RowsAsync())[^1];
        Assert.Equal((reason, "1"), (row["data"]!["reason"]!.ToString(), row["data"]!["left_out"]?.ToString()));
        await RefuseAsync(door, r => Refusals.RowFor(r, Network));
        Assert.Null((await RowsAsync())[^1]["data"]!["left_out"]);
        Assert.Single(_hub.Log.Lines, l => l.Message.Contains("Its row could not be written", StringComparison.Ordinal));
    }

    private Refusals Refusals => Of<Refusals>();

    private T Of<T>() where T : notnull => _hub.Services.GetRequiredService<T>();

    private async Task RefuseAsync(string door, RowForRefusal rowFor)
    {
        var browser = new SigningBrowser("TestBrowser/1");
        var identity = new OutsideIdentity("https://id.example", "s-1", "openid:Test ID") { Admission = new Admission(Lets.Nobody) };
        switch (door)
        {
            case "link":
                await Of<LinkSignIn>().SignInAsync(Credential.New(), browser, false, _browser.Token, rowFor);
                break;
            case "password":
                await Of<PasswordSignIn>().SignInAsync("eve@halden.example", "four words in a row", Network, browser, rowFor, _browser.Token);
                break;
            case "password_link":
                await Of<OwnPassword>().RefuseLinkAsync(Credential.New(), _browser.Token, rowFor);
                break;
            case "identity":
                await Of<OutsideSignIn>().SignInAsync(identity, browser, _browser.Token, rowFor);
                break;
            case "connect":
                await OwnAsync(identity, Assert.IsType<PersonChange.Done>(await Of<People>().CreateAsync(null, $"{Ids.New("x")}@halden.example", "Ben", "member", false, default)).Account.Id);
                await Of<OutsideSignIn>().LinkAsync(identity, _hub.Person, _browser.Token, rowFor);
                break;
            case "disconnect":
                await OwnAsync(identity, _hub.Person.AccountId);
                await Of<OutsideSignIn>().UnlinkAsync(_hub.Person, Assert.Single(await Of<OutsideSignIn>().ListAsync(_hub.Person, default)), _browser.Token, rowFor);
                break;
            case "provider":
                await Of<OpenIdSignIn>().FinishAsync(new OpenIdTrip("test-id", Credential.New(), "http://127.0.0.1/", new SigningBrowser(null)) { RowFor = rowFor }, new OpenIdAnswer(null, null, null, null), _browser.Token);
                break;
            case "proxy":
                await Of<OutsideSignIn>().RefuseAsync("proxy", "proxy_secret", Network, rowFor);
                break;
        }
    }

    private async Task OwnAsync(OutsideIdentity identity, string account)
    {
        await using var transaction = await Of<HubDatabase>().BeginAsync(default);
        await transaction.ExecuteAsync(
            "insert into account_identities (issuer, subject, account_id, linked_at) values (@Issuer, @Subject, @account, hub_now()) on conflict (issuer, subject) do nothing",
            new { identity.Issuer, identity.Subject, account }, default);
        await transaction.CommitAsync(default);
    }

    private async Task<IReadOnlyList<JsonNode>> RowsAsync()
    {
        await using var reader = await Of<HubDatabase>().ReadAsync(default);
        return [.. (await reader.QueryAsync<string>("select body from audit where event = 'signin.failed' order by seq", null, default)).Select(b => JsonNode.Parse(b)!)];
    }

    /// <summary>The record of a database that is full, for refusals.</summary>
    private sealed class FaultyRecord(IAccountRecord inner) : IAccountRecord
    {
        public bool Faulty { get; set; }

        public Task AppendAsync(IHubTransaction transaction, AccountEvent entry, CancellationToken cancellationToken) =>
            Faulty && entry.Refused ? throw new HubUnavailableException("The disk is full.", new IOException()) : inner.AppendAsync(transaction, entry, cancellationToken);
    }
}
