using System.Text.Json;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Workspaces;
using ControlChat.Tests.App.Approvals.Grants;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Xunit;

namespace ControlChat.Tests.App.Tools;

/// <summary>Who may do what: every tool, every role, member or not, on both kinds of hub and both databases, beside the table of contracts, section 7.</summary>
public sealed class RoleMatrixTests(RoleMatrixTests.Hubs hubs) : IClassFixture<RoleMatrixTests.Hubs>
{
    // Tool, R, kinds, arguments. W is a workspace all but the stranger and the admin belong to; where W stands, who does not belong finds nothing.
    private static readonly (string Tool, string Roles, string Kinds, string Arguments)[] Table =
    [
        ("workspace.list", "m", "full", """{}"""),
        ("workspace.get", "m", "full", """{"workspace_id":"W"}"""),
        ("workspace.create", "m", "full", """{"title":"x"}"""),
        ("workspace.rename", "c", "full", """{"workspace_id":"W","title":"x"}"""),
        ("workspace.tag", "c", "full", """{"workspace_id":"W","add":["x"]}"""),
        ("workspace.pin", "m", "full", """{"workspace_id":"W","pinned":true}"""),
        ("workspace.archive", "o", "full", """{"workspace_id":"W"}"""),
        ("workspace.unarchive", "o", "full", """{"workspace_id":"W"}"""),
        ("workspace.delete", "o", "full", """{"workspace_id":"W"}"""),
        ("workspace.restore", "o", "full", """{"workspace_id":"W"}"""),
        ("workspace.purge", "o", "full", """{"workspace_id":"W"}"""),
        ("workspace.add_collaborator", "o", "full", """{"workspace_id":"W","account":"stranger@example.org","role":"viewer"}"""),
        ("workspace.remove_collaborator", "o", "full", """{"workspace_id":"W","account":"viewer@example.org"}"""),
        ("workspace.set_role", "o", "full", """{"workspace_id":"W","account":"viewer@example.org","role":"owner"}"""),
        ("invitation.create", "a", "full", """{"email":"newcomer@example.org"}"""),
        ("invitation.create", "o", "full", """{"workspace_id":"W","workspace_role":"viewer"}"""),
        ("invitation.revoke", "nobody's", "full", """{"invitation_id":"inv_0"}"""),
        ("invitation.list", "m", "full", """{}"""),
        ("workspace.start_host", "o", "full", """{"workspace_id":"W"}"""),
        ("workspace.stop_host", "o", "full", """{"workspace_id":"W"}"""),
        ("sync.status", "m", "both", """{"workspace_id":"W"}"""),
        ("sync.configure", "o", "both", """{"workspace_id":"W","remote":null}"""),
        ("sync.run", "o", "both", """{"workspace_id":"W"}"""),
        ("handoff_to_workspace_agent", "c", "both", """{"workspace_id":"W","goal":"Look around."}"""),
        ("config.get", "m", "both", """{"key":"Ui:Theme"}"""),
        ("config.get", "a", "both", """{"key":"Limits:Workspaces@acc_owner"}"""),
        ("config.set", "m", "both", """{"key":"Ui:Theme","value":"dark"}"""),
        ("config.set", "a", "both", """{"key":"Logs:Days","value":7}"""),
        ("config.set", "a", "both", """{"key":"Limits:Workspaces@acc_viewer","value":7}"""),
        ("config.set", "-", "both", """{"key":"Hub:PublicUrl","value":"https://x.example"}"""),
        ("logs.search", "m", "both", """{}"""),
        ("editors.list", "m", "both", """{}"""),
        ("audit.search", "m", "both", """{}"""),
        ("ui_action", "m", "both", """{"action":"show_page","target":"audit"}"""),
        ("plan.batch", "m", "both", """{"steps":[{"tool":"config.set","arguments":{"key":"Ui:Theme","value":"dark"}}]}"""),
        ("plan.batch", "c", "full", """{"steps":[{"tool":"workspace.rename","arguments":{"workspace_id":"W","title":"x"}}]}"""),
        ("plan.batch", "o", "full", """{"steps":[{"tool":"workspace.pin","arguments":{"workspace_id":"W","pinned":true}},{"tool":"workspace.set_role","arguments":{"workspace_id":"W","account":"viewer@example.org","role":"owner"}}]}"""),
        ("undo", "nobody's", "both", """{"action_id":"act_0"}"""),
    ];

    private static readonly string[] Roles = ["viewer", "collaborator", "owner", "admin", "stranger"];

    public static TheoryData<string, string, string, string, string, string> Cells()
    {
        var cells = new TheoryData<string, string, string, string, string, string>();
        foreach (var (tool, roles, kinds, arguments) in Table)
        {
            foreach (var (store, kind) in Hubs.Each)
            {
                // The one workspace of a lite hub belongs to its admin; everybody signed in may look.
                var here = kind == "lite" && kinds == "both" ? arguments.Replace("\"W\"", "\"local\"", StringComparison.Ordinal) : arguments;
                var may = here != arguments && roles is "o" or "c" ? "a" : roles;
                foreach (var role in Roles) cells.Add(store, kind, role, tool, here, Expected(kind, role, may, kinds, here));
            }
        }
        return cells;
    }

    [Theory, MemberData(nameof(Cells))]
    public async Task F15_each_role_may_what_the_contract_says(string store, string kind, string role, string tool, string arguments, string expected)
    {
        var hub = hubs.Of(store, kind);
        var before = await DeniedAsync(hub, role);
        var outcome = await hub.Services.GetRequiredService<IToolGate>().InvokeAsync(
            PrincipalOf(role), new ToolCall(tool, Ids.New("req"), JsonSerializer.Deserialize<JsonElement>(arguments.Replace("\"W\"", $"\"{Hubs.Workspace}\"", StringComparison.Ordinal)), new CallOrigin("rest"), DryRun: true), CancellationToken.None);
        var decision = outcome.Status is "denied" or "not_found" or "not_supported" ? outcome.Status : "may";
        Assert.True(expected == decision, $"{tool} {arguments} for {role} on {kind}, {store}: {decision}, expected {expected} ({outcome.Error?.Message})");
        Assert.Equal(before + (expected == "denied" ? 1 : 0), await DeniedAsync(hub, role));
    }

    [Theory, InlineData("sqlite"), InlineData("postgres")]
    public async Task F15_a_grant_gives_no_role_more_than_the_table_says(string store)
    {
        var hub = hubs.Of(store, "full");
        var (catalog, gate) = (hub.Services.GetRequiredService<IToolCatalog>(), hub.Services.GetRequiredService<IToolGate>());
        // Each that can be granted, and the way back.
        foreach (var (tool, back) in new[] { ("workspace.archive", "workspace.unarchive"), ("workspace.delete", "workspace.restore") })
        {
            await using (var transaction = await hub.Services.GetRequiredService<HubDatabase>().BeginAsync(CancellationToken.None))
            {
                foreach (var role in Roles)
                    await StoredGrant.InsertAsync(transaction, $"acc_{role}", role == "admin" ? "admin" : "member", catalog.Find(tool)!.Definition, Hubs.Workspace, role is "admin" or "stranger" ? "" : role);
                await transaction.CommitAsync(CancellationToken.None);
            }
            foreach (var role in Roles)
            {
                Task<Outcome> CallAsync(string name) => gate.InvokeAsync(PrincipalOf(role), new ToolCall(name, Ids.New("req"), JsonSerializer.SerializeToElement(new { workspace_id = Hubs.Workspace }), new CallOrigin("rest")), CancellationToken.None);
                var outcome = await CallAsync(tool);
                var expected = Expected("full", role, "o", "full", "\"W\"");
                Assert.True(outcome.Status == (expected == "may" ? "completed" : expected), $"{tool} for {role}: {outcome.Status} ({outcome.Error?.Message})");
                Assert.Equal(expected == "may", outcome.GrantId is not null);
                if (outcome.ActionId is not null) Assert.Equal("completed", (await CallAsync(back)).Status);
            }
        }
    }

    [Theory, InlineData("full"), InlineData("lite")]
    public void Every_tool_of_the_hub_stands_in_the_table(string kind)
    {
        var catalog = hubs.Of("sqlite", kind).Services.GetRequiredService<IToolCatalog>();
        Assert.Empty(catalog.Offered.Select(t => t.Definition.Name).Except(Table.Select(r => r.Tool)));
        Assert.Empty(Table.Where(r => kind == "full" || r.Kinds == "both").Select(r => r.Tool).Except(catalog.Offered.Select(t => t.Definition.Name)));
    }

    [Theory, InlineData("sqlite"), InlineData("postgres")]
    public async Task Who_does_not_belong_reads_the_same_as_about_a_workspace_that_is_not_there(string store)
    {
        var gate = hubs.Of(store, "full").Services.GetRequiredService<IToolGate>();
        foreach (var role in (string[])["admin", "stranger"])
        {
            async Task<string> Of(string id) => (await gate.InvokeAsync(PrincipalOf(role), new ToolCall("workspace.set_role", Ids.New("req"),
                JsonSerializer.SerializeToElement(new { workspace_id = id, account = "viewer@example.org", role = "viewer" }), new CallOrigin("rest")), CancellationToken.None)).Error!.Message.Replace(id, "ID", StringComparison.Ordinal);
            Assert.Equal(await Of("ws_" + new string('0', 32)), await Of(Hubs.Workspace));
        }
    }

    private static string Expected(string kind, string role, string roles, string kinds, string arguments)
    {
        if (kinds == "full" && kind == "lite") return "not_supported";
        if (roles == "nobody's") return "not_found";
        var belongs = role is not ("admin" or "stranger");
        if (arguments.Contains("\"W\"", StringComparison.Ordinal) && !belongs) return "not_found";
        // One's own limits are shown to everyone.
        if (arguments == """{"key":"Limits:Workspaces@acc_owner"}""" && role == "owner") return "may";
        return roles switch
        {
            "m" => "may",
            "c" => role is "collaborator" or "owner" ? "may" : "denied",
            "o" => role == "owner" ? "may" : "denied",
            "a" => role == "admin" ? "may" : "denied",
            _ => "denied",
        };
    }

    private static Principal PrincipalOf(string role) =>
        new($"acc_{role}", role, role == "admin" ? "admin" : "member", null, null, null, TokenScopes.All, DateTimeOffset.UnixEpoch);

    private static async Task<long> DeniedAsync(TestHub hub, string role)
    {
        await using var reader = await hub.Services.GetRequiredService<HubDatabase>().ReadAsync(CancellationToken.None);
        return await reader.FindAsync<long>("select count(*) from audit where event = 'tool.denied' and account = @who", new { who = $"acc_{role}" }, CancellationToken.None);
    }

    /// <summary>One hub of each kind on each database, with a person for each role.</summary>
    public sealed class Hubs : IAsyncLifetime
    {
        public static readonly string Workspace = "ws_" + new string('1', 32);
        public static readonly IReadOnlyList<(string Store, string Kind)> Each = [.. new[] { "sqlite", "postgres" }.SelectMany(_ => new[] { "full", "lite" }, (store, kind) => (store, kind))];
        private readonly Dictionary<(string Store, string Kind), TestHub> _hubs = [];
        private readonly List<StoredRows> _rows = [];

        public async ValueTask InitializeAsync()
        {
            foreach (var each in Each)
            {
                var rows = await (each.Store == "postgres" ? TestStore.Postgres : TestStore.Sqlite).NewAsync();
                _rows.Add(rows);
                var hub = await TestHub.StartAsync(args: [$"--Hub:Kind={each.Kind}"], configure: s => s.Replace(ServiceDescriptor.Singleton(p => rows.Open(p.GetRequiredService<TimeProvider>()))));
                _hubs[each] = hub;
                await FillAsync(hub.Services.GetRequiredService<HubDatabase>());
            }
        }

        public TestHub Of(string store, string kind) => _hubs[(store, kind)];

        public async ValueTask DisposeAsync()
        {
            foreach (var hub in _hubs.Values) await hub.DisposeAsync();
            foreach (var rows in _rows) await rows.DisposeAsync();
        }

        private static async Task FillAsync(HubDatabase database)
        {
            await using var transaction = await database.BeginAsync(CancellationToken.None);
            foreach (var role in Roles)
            {
                await transaction.ExecuteAsync("insert into accounts (id, name, email, role, created_at) values (@id, @role, @email, @rights, hub_now())",
                    new { id = $"acc_{role}", role, email = $"{role}@example.org", rights = role == "admin" ? "admin" : "member" }, CancellationToken.None);
            }
            await new WorkspaceStore().InsertAsync(transaction, Workspace, "w", [], "acc_owner", "acc_owner", CancellationToken.None);
            foreach (var role in (string[])["viewer", "collaborator"]) await new MemberStore().AddAsync(transaction, Workspace, $"acc_{role}", role, CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
        }
    }
}
