using System.Text.Json.Nodes;
using ControlChat.App;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.SignIn;

/// <summary>Every key that lets somebody in leaves a row when it is made: who asked for it, whom it is for, and never the key.</summary>
public sealed class LinkRecordTests : IAsyncLifetime
{
    private TestHub _hub = null!;

    public async ValueTask InitializeAsync() => _hub = await TestHub.StartAsync(args: ["--SignIn:Password=true"]);

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Fact]
    public async Task The_link_that_the_hub_prints_is_its_own()
    {
        var token = (await _hub.App.CreateSignInLinkAsync()).Split("t=")[1];
        var row = (await RowsAsync("account.changed"))[^1];
        AssertRow(row, "login_link", _hub.Person.AccountId, null, "system", token);
        Assert.True(DateTimeOffset.Parse(row["data"]!["expires_at"]!.ToString(), System.Globalization.CultureInfo.InvariantCulture) > DateTimeOffset.Parse(row["at"]!.ToString(), System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task A_link_made_at_the_command_line_is_the_operators()
    {
        var ben = await MakeAsync();
        var token = (await RunAsync("login-link", "--account", ben.Id)).Split("t=")[1];
        AssertRow((await RowsAsync("account.changed"))[^1], "login_link", ben.Id, null, "cli", token);
    }

    [Fact]
    public async Task A_link_to_choose_a_password_is_whose_who_made_it()
    {
        var people = _hub.Services.GetRequiredService<People>();
        var made = Assert.IsType<PersonChange.Done>(await people.CreateAsync(_hub.Person, "mara@halden.example", "Mara", "member", true, default));
        var rows = await RowsAsync("account.changed");
        AssertRow(rows[^2], "created", made.Account.Id, _hub.Person.AccountId, "ui", made.LinkToken!);
        AssertRow(rows[^1], "password_link", made.Account.Id, _hub.Person.AccountId, "ui", made.LinkToken!);

        var reset = Assert.IsType<PersonChange.Done>(await people.CreateLinkAsync(_hub.Person, made.Account.Id, false, default));
        AssertRow((await RowsAsync("account.changed"))[^1], "password_link", made.Account.Id, _hub.Person.AccountId, "ui", reset.LinkToken!);
        var token = (await RunAsync("account", "link", made.Account.Id)).Split("t=")[1];
        AssertRow((await RowsAsync("account.changed"))[^1], "password_link", made.Account.Id, null, "cli", token);
        Assert.Equal(rows.Count + 2, (await RowsAsync("account.changed")).Count);
    }

    [Fact]
    public async Task A_token_made_at_the_command_line_is_the_operators_doing_for_an_account()
    {
        var ben = await MakeAsync();
        var secret = await RunAsync("token", "create", "--name", "ci", "--account", ben.Id);
        var row = Assert.Single(await RowsAsync("token.created"));
        Assert.Equal((null, "cli", ben.Id), (row["actor"]!["account"]?.ToString(), row["actor"]!["via"]!.ToString(), row["data"]!["account_id"]!.ToString()));
        Assert.DoesNotContain(secret, row.ToJsonString(), StringComparison.Ordinal);
    }

    private static void AssertRow(JsonNode row, string change, string forWhom, string? by, string via, string secret)
    {
        Assert.Equal(
            (change, forWhom, by, via),
            (row["data"]!["change"]!.ToString(), row["data"]!["account_id"]!.ToString(), row["actor"]!["account"]?.ToString(), row["actor"]!["via"]!.ToString()));
        Assert.True(Credential.IsWellFormed(secret), secret);
        Assert.DoesNotContain(secret, row.ToJsonString(), StringComparison.Ordinal);
    }

    private async Task<Account> MakeAsync() =>
        Assert.IsType<PersonChange.Done>(await _hub.Services.GetRequiredService<People>().CreateAsync(null, "ben@halden.example", "Ben", "member", false, default)).Account;

    private async Task<string> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await ControlChatProgram.RunAsync([.. args, "--SignIn:Password=true", $"--Hub:DataDirectory={_hub.DataDirectory}"], output, error, CancellationToken.None);
        Assert.True(code == 0, error.ToString());
        return output.ToString().Trim();
    }

    private async Task<IReadOnlyList<JsonNode>> RowsAsync(string happened)
    {
        await using var reader = await _hub.Services.GetRequiredService<HubDatabase>().ReadAsync(CancellationToken.None);
        return [.. (await reader.QueryAsync<string>("select body from audit where event = @happened order by seq", new { happened }, CancellationToken.None)).Select(b => JsonNode.Parse(b)!)];
    }
}
