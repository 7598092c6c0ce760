using System.Text.Json.Nodes;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Xunit;

namespace ControlChat.Journeys.Terminals;

/// <summary>A hub process with one workspace, in which terminals run for real.</summary>
internal sealed class TerminalHub : IAsyncDisposable
{
    private readonly List<string> _begun = [];
    private string _owner = "";

    private TerminalHub(HubProcess hub) => Hub = hub;

    public HubProcess Hub { get; }

    public string Workspace { get; private set; } = "";

    /// <summary>The owner, signed in as a person.</summary>
    public HubClient Owner { get; private set; } = null!;

    /// <summary>Of the owner, for programs.</summary>
    public string Token { get; private set; } = "";

    /// <summary>Where programs of the workspace begin.</summary>
    public string Folder => Path.Combine(Hub.WorkspacesRoot, Workspace);

    public static async Task<TerminalHub> StartAsync(params (string Key, string Value)[] settings)
    {
        var all = new Dictionary<string, string> { ["Sessions:Terminal:Commands:0"] = "bash", ["Sessions:Codex:Path"] = CodexCli.Path, ["Sessions:Slots"] = "2" };
        foreach (var (key, value) in settings) all[key] = value;
        var made = new TerminalHub(await HubProcess.StartAsync(all));
        try
        {
            var (code, token, errors) = await made.Hub.RunAsync("token", "create", "--name", "journey", "--scopes", "read,write");
            Assert.True(code == 0, errors);
            made.Token = token.Trim();
            using (var program = HubClient.WithToken(made.Hub.Url, made.Token)) made._owner = (await program.GetAsync("/api/v1/me")).Json["account"]!["id"]!.GetValue<string>();
            made.Owner = await HubClient.SignInAsync(made.Hub, (await made.SiteAsync()).Link);
            var answer = await made.Owner.CallAsync("workspace.create", new JsonObject { ["title"] = "payments-sandbox" });
            Assert.True(answer.Status == 200, answer.Text);
            made.Workspace = Faults.Bed.CreatedId(answer);
            return made;
        }
        catch
        {
            await made.DisposeAsync();
            throw;
        }
    }

    /// <returns>The session's id.</returns>
    /// <param name="command">Empty: Codex's own interface.</param>
    public async Task<string> BeginAsync(params string[] command)
    {
        var asked = new JsonObject { ["request_id"] = $"journey-{Guid.NewGuid():n}", ["workspace_id"] = Workspace, ["mode"] = "terminal" };
        if (command.Length > 0) asked["command"] = new JsonArray([.. command.Select(c => (JsonNode)c)]);
        var begun = await Owner.PostAsync("/api/v1/sessions", asked);
        Assert.True(begun.Status == 202, begun.Text);
        _begun.Add(begun.Field("id")!);
        return _begun[^1];
    }

    /// <summary>Somebody else, who may work in the workspace: their account.</summary>
    public async Task<string> LetInAsync(string email, string name)
    {
        var (code, _, errors) = await Hub.RunAsync("account", "create", "--email", email, "--name", name, "--role", "member");
        Assert.True(code == 0, errors);
        var asked = await Owner.CallAsync("workspace.add_collaborator", new JsonObject { ["workspace_id"] = Workspace, ["account"] = email, ["role"] = "collaborator" });
        Assert.True(asked.Status == 202, asked.Text);
        var opened = await Owner.GetAsync($"/api/v1/approvals/{asked.Field("approval_id")}");
        var approved = await Faults.Bed.ApproveAsync(Owner, new Faults.Opened(asked.Field("approval_id")!, opened.Field("confirm_token")!));
        Assert.True(approved.Status == 200, approved.Text);
        var (_, accounts, _) = await Hub.RunAsync("account", "list");
        return accounts.Split('\n').Select(line => line.Split('\t')).First(account => account.Length > 1 && account[1] == email)[0];
    }

    /// <summary>A file in the workspace.</summary>
    public async Task WriteAsync(string name, string text)
    {
        Directory.CreateDirectory(Folder);
        await File.WriteAllTextAsync(Path.Combine(Folder, name), text);
    }

    public async Task<string?> StateAsync(string session) => (await Owner.GetAsync($"/api/v1/sessions/{session}")).Field("state");

    /// <summary>Another visit of the owner: a sign-in link is good for one.</summary>
    public Task<Site> SiteAsync() => SiteAsync(_owner);

    /// <summary>A visit of somebody else.</summary>
    public async Task<Site> SiteAsync(string account)
    {
        var (code, link, errors) = await Hub.RunAsync("login-link", "--account", account);
        Assert.True(code == 0, errors);
        return new Site(Hub.Url, new Uri(link.Trim()), Hub.Tail, Hub.Broken);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            // Those in tmux outlive their hub.
            foreach (var id in _begun) await Owner.SendAsync(HttpMethod.Delete, $"/api/v1/sessions/{id}", null);
            foreach (var id in _begun)
                Assert.True(await Soon.HoldsAsync(() => Task.FromResult(ProcessList.With(Path.Combine(Hub.DataDirectory, "agents", id)).Count == 0)), $"{id} left processes behind.");
        }
        catch (HttpRequestException)
        {
            // The hub is gone, which the journey says.
        }
        finally
        {
            Owner?.Dispose();
            await Hub.DisposeAsync();
        }
    }
}
