using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Tools.Invitations;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Invitations;

/// <summary>A hub over HTTP whose admin invites by asking and approving, as a page does.</summary>
public abstract class InvitePageBench : IAsyncLifetime
{
    protected const string Password = "four words in a row";
    private int _requests;

    protected FakeTime Time { get; } = new();

    protected virtual string[] Settings => ["--SignIn:Password=true"];

    protected TestHub Hub { get; private set; } = null!;

    protected string Workspace { get; private set; } = "";

    public virtual async ValueTask InitializeAsync()
    {
        Hub = await TestHub.StartAsync(Time, [.. Settings, "--Logging:LogLevel:Default=Trace"]);
        Workspace = (string)(await CallAsync(Hub.Browser, "workspace.create", new { title = "Billing" })).Body["result"]!["workspace"]!["id"]!;
    }

    public virtual async ValueTask DisposeAsync()
    {
        await Hub.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected Task<(int Status, JsonObject Body)> CallAsync(HttpClient client, string tool, object arguments) =>
        TestHub.PostAsync(client, $"/api/v1/tools/{tool}", new { request_id = $"request-{Interlocked.Increment(ref _requests):000000}", arguments });

    protected async Task<JsonObject> ApproveAsync(JsonObject asked)
    {
        var path = $"/api/v1/approvals/{asked["approval_id"]}";
        var (status, body) = await TestHub.PostAsync(Hub.Browser, path + "/approve", new { confirm_token = (string?)(await TestHub.JsonAsync(Hub.Browser, path))["confirm_token"] });
        Assert.Equal(200, status);
        return body;
    }

    protected async Task<string> InviteAsync(string? email, int days = 7)
    {
        object arguments = email is null ? new { workspace_id = Workspace, workspace_role = "collaborator", days } : new { email, workspace_id = Workspace, workspace_role = "collaborator", days };
        return (string)(await ApproveAsync((await CallAsync(Hub.Browser, "invitation.create", arguments)).Body))["result"]!["invitation"]!["id"]!;
    }

    /// <summary>The address that the admin copies.</summary>
    protected async Task<string> LinkAsync(string invitation) =>
        "/invite#t=" + Assert.IsType<InvitationLinkResult.Made>(await Hub.Services.GetRequiredService<InvitationLinks>().MakeAsync(await AdminAsync(), invitation, default)).Token;

    protected async Task<string> InviteByLinkAsync(string? email, int days = 7) => await LinkAsync(await InviteAsync(email, days));

    /// <summary>Somebody with an account, signed in in a browser of their own.</summary>
    protected async Task<TestBrowser> PersonAsync(string name, string email)
    {
        var account = Assert.IsType<PersonChange.Done>(await Hub.Services.GetRequiredService<People>().CreateAsync(null, email, name, "member", false, default)).Account;
        var browser = new TestBrowser(Hub.Url);
        await SignInAsync(browser, account.Id);
        return browser;
    }

    protected async Task SignInAsync(TestBrowser browser, string accountId) =>
        Assert.Equal(303, (await browser.GetAsync("/login?t=" + await Hub.Services.GetRequiredService<LinkSignIn>().CreateLinkAsync(accountId, AccountActor.Operator, default))).Status);

    protected async Task<T?> FindAsync<T>(string sql)
    {
        await using var reader = await Hub.Services.GetRequiredService<HubDatabase>().ReadAsync(default);
        return await reader.FindAsync<T>(sql, null, default);
    }

    protected async Task<string?> RoleAsync(string email) =>
        await FindAsync<string>($"select m.role from workspace_members m join accounts a on a.id = m.account_id where a.email = '{email}' and m.workspace_id = '{Workspace}'");

    // The clock of a test moves by days; nobody's sign-in lasts so long.
    private async Task<Principal> AdminAsync()
    {
        var browser = await Hub.SignInAsync();
        var id = (await TestHub.JsonAsync(browser, "/api/v1/me"))["account"]!["id"]!.GetValue<string>();
        var session = (await Hub.Services.GetRequiredService<BrowserSessions>().ListAsync(id, default))[0];
        return Hub.Person with { AuthSessionId = session.Id };
    }
}
