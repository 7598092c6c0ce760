using System.Text.Json.Nodes;
using ControlChat.Harness;

namespace ControlChat.Faults;

/// <summary>A hub of its own with a signed-in person, limits out of the way, and the few calls every fault needs.</summary>
public sealed class Bed : IAsyncDisposable
{
    private Bed(HubProcess hub, HubClient person) => (Hub, Person) = (hub, person);

    public HubProcess Hub { get; }

    public HubClient Person { get; private set; }

    public static Task<Bed> MakeAsync(params (string Key, string Value)[] settings) => MakeAsync(null, settings);

    /// <param name="folder">Where the hub's data goes; a temporary folder of its own when null.</param>
    public static async Task<Bed> MakeAsync(string? folder, params (string Key, string Value)[] settings)
    {
        var all = new Dictionary<string, string>
        {
            ["Limits:RequestsPerMinute"] = "1000000",
            ["Limits:PendingApprovals"] = "1000",
            ["Limits:Workspaces"] = "1000000",
            ["Model:Provider"] = "offline",
        };
        foreach (var (key, value) in settings) all[key] = value;
        var hub = await HubProcess.StartAsync(all, folder);
        try
        {
            return new Bed(hub, await HubClient.SignInAsync(hub));
        }
        catch
        {
            await hub.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the killed hub again; the browser session survives in the database.</summary>
    public async Task ReviveAsync()
    {
        await Hub.StartAgainAsync();
        var cookies = Person.Cookies;
        Person.Dispose();
        Person = await HubClient.ResumeAsync(Hub, cookies);
    }

    /// <summary>A person's second browser: a session of its own.</summary>
    public async Task<HubClient> SecondBrowserAsync()
    {
        var (code, output, errors) = await Hub.RunAsync("login-link");
        if (code != 0) throw new InvalidOperationException($"login-link ended with {code}: {errors}");
        return await HubClient.SignInAsync(Hub, new Uri(output.Trim()));
    }

    public async Task<string> CreateWorkspaceAsync(string title)
    {
        var answer = await Person.CallAsync("workspace.create", new JsonObject { ["title"] = title });
        if (answer.Status != 200) throw new InvalidOperationException($"workspace.create answered {answer.Status}: {answer.Text}");
        return CreatedId(answer);
    }

    /// <summary>The id of what a plan creates, from its only effect.</summary>
    public static string CreatedId(HubAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return answer.Json["plan"]!["effects"]![0]!["resource"]!.GetValue<string>()["workspace/".Length..];
    }

    /// <summary>Asks for something that needs a person, and opens its approval: its id and a fresh confirm token.</summary>
    public async Task<Opened> AskAsync(string tool, JsonObject arguments)
    {
        var asked = await Person.CallAsync(tool, arguments);
        if (asked.Status != 202) throw new InvalidOperationException($"{tool} answered {asked.Status}: {asked.Text}");
        return await OpenAsync(asked.Field("approval_id")!);
    }

    public async Task<Opened> OpenAsync(string approvalId) =>
        new(approvalId, (await Person.GetAsync($"/api/v1/approvals/{approvalId}")).Field("confirm_token") ?? throw new InvalidOperationException($"{approvalId} gave no confirm token."));

    public Task<HubAnswer> ApproveAsync(Opened approval)
    {
        ArgumentNullException.ThrowIfNull(approval);
        return Person.PostAsync($"/api/v1/approvals/{approval.Id}/approve", new JsonObject { ["confirm_token"] = approval.ConfirmToken });
    }

    public async Task<string> StateOfAsync(string workspaceId) =>
        (await Person.CallAsync("workspace.get", new JsonObject { ["workspace_id"] = workspaceId })).Json["result"] is { } result
            ? ((result["workspace"] ?? result)["state"]?.GetValue<string>() ?? "?") : "?";

    public async ValueTask DisposeAsync()
    {
        Person.Dispose();
        await Hub.DisposeAsync();
    }
}

public sealed record Opened(string Id, string ConfirmToken);
