using ControlChat.App;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Commands;

/// <summary>Accounts from the hub's own machine.</summary>
public sealed class AccountCommandTests
{
    [Fact]
    public async Task An_account_is_made_listed_changed_and_let_in_beside_a_running_hub()
    {
        await using var hub = await TestHub.StartAsync(args: ["--SignIn:Password=true"]);
        var (code, link, _) = await RunAsync(hub.DataDirectory, "account", "create", "--email", "Mara@halden.example", "--name", "Mara Kowalski", "--role", "admin");
        Assert.Equal(0, code);
        Assert.Matches($"^{hub.Url}/set-password#t=[A-Za-z0-9_-]{{43}}\n$", link);
        using var browser = new TestBrowser(hub.Url);
        Assert.Equal(303, (await browser.SubmitAsync(link.Trim()[hub.Url.Length..], ("password", "four words in a row"), ("repeat", "four words in a row"))).Status);
        Assert.Equal("admin", (await browser.MeAsync())!["account"]!["role"]!.ToString());

        Assert.Equal(0, (await RunAsync(hub.DataDirectory, "account", "role", "mara@halden.example", "member")).Code);
        Assert.Equal("member", (await browser.MeAsync())!["account"]!["role"]!.ToString());
        Assert.Equal(1, (await RunAsync(hub.DataDirectory, "account", "role", hub.Person.AccountId, "member")).Code);
        Assert.Equal(0, (await RunAsync(hub.DataDirectory, "account", "close", "MARA@halden.example")).Code);
        Assert.Null(await browser.MeAsync());
        Assert.Contains("mara@halden.example\tmember\tclosed", (await RunAsync(hub.DataDirectory, "account", "list")).Output, StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync(hub.DataDirectory, "account", "link", "mara@halden.example")).Code);
        Assert.Equal(0, (await RunAsync(hub.DataDirectory, "account", "reopen", "mara@halden.example")).Code);
        Assert.StartsWith($"{hub.Url}/set-password#t=", (await RunAsync(hub.DataDirectory, "account", "link", "mara@halden.example")).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync(hub.DataDirectory, "account", "email", "mara@halden.example", "mk@halden.example")).Code);
        Assert.Equal(1, (await RunAsync(hub.DataDirectory, "account", "close", "nobody@halden.example")).Code);
    }

    [Theory]
    [InlineData("account")]
    [InlineData("account create --email a@b.example")]
    [InlineData("account create --email a@b.example --name A --role owner")]
    [InlineData("account role a@b.example owner")]
    [InlineData("account close")]
    [InlineData("account list now")]
    public async Task Wrong_usage_ends_with_64(string words)
    {
        using var folder = new TempFolder();
        Assert.Equal(64, (await RunAsync(folder["data"], words.Split(' '))).Code);
    }

    [Fact]
    public async Task A_link_to_choose_a_password_where_passwords_are_off_ends_with_78()
    {
        using var folder = new TempFolder();
        Assert.Equal(78, (await RunAsync(folder["data"], "account", "link", "a@b.example", "--SignIn:Password=false")).Code);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(string dataDirectory, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var line = args.Any(a => a.StartsWith("--SignIn", StringComparison.Ordinal)) ? args : [.. args, "--SignIn:Password=true"];
        var code = await ControlChatProgram.RunAsync([.. line, $"--Hub:DataDirectory={dataDirectory}"], output, error, CancellationToken.None);
        return (code, output.ToString(), error.ToString());
    }
}
