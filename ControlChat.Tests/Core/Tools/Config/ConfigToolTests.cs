using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Settings;
using ControlChat.Core.Tools.Config;
using ControlChat.Tests.Core.Settings;
using ControlChat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ControlChat.Tests.Core.Tools.Config;

public abstract class ConfigToolTests(TestStore store) : IAsyncLifetime
{
    private readonly SettingsStore _store = new();
    private ToolBench _bench = null!;
    private LoadedSettings _loaded = null!;
    private HubSettings _settings = null!;
    private ConfigGet _get = null!;
    private ConfigSet _set = null!;

    public async ValueTask InitializeAsync()
    {
        _bench = await ToolBench.OpenAsync(store);
        _loaded = HubConfigurationTests.Load("""{"Logs": {"Days": 21}, "Embed": {"Origins": ["https://desk.example"]}, "Policy": {"Tools": {"workspace.tag": "confirm"}}}""", environment: new() { ["OPENAI_API_KEY"] = "sk-abcdefgh" });
        _settings = new HubSettings(_loaded, _bench.Database, _store, NullLogger<HubSettings>.Instance);
        var book = new SettingBook(_loaded, _store);
        (_get, _set) = (new ConfigGet(book), new ConfigSet(book, _store, new ControlChat.Core.Accounts.AccountStore(new LinkPolicy())));
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_personal_setting_is_a_plain_write_for_oneself_alone()
    {
        var draft = await _bench.PlanAsync(_set, ToolBench.Member, Call("Ui:Theme", "dark"));
        Assert.False(draft.Access);
        Assert.Equal("Set Ui:Theme from system to dark", draft.Summary);
        Assert.Equal("setting/Ui:Theme:acc_member", Assert.Single(draft.Effects).Resource);
        await _bench.ApplyAsync(_set, ToolBench.Member, draft);
        Assert.Equal("dark", (await ValueAsync(ToolBench.Member, "Ui:Theme")).ToString());
        Assert.Equal("system", (await ValueAsync(ToolBench.Admin, "Ui:Theme")).ToString());
    }

    [Fact]
    public async Task An_admin_setting_is_an_access_change_and_holds_without_a_restart()
    {
        var draft = await _bench.PlanAsync(_set, ToolBench.Admin, Call("logs:days", "7"));
        Assert.True(draft.Access);
        Assert.Equal(ToolScope.Write, draft.Scope);
        Assert.Equal("""{"key":"Logs:Days","value":7}""", draft.Arguments.ToJsonString());
        Assert.Equal(["What is older than 7 days is deleted; setting it back does not bring it back."], draft.Warnings);
        await _bench.ApplyAsync(_set, ToolBench.Admin, draft);
        Assert.Equal(21, _settings.Current.Logs.Days);
        await new SettingChanged(_settings).HandleAsync(Assert.Single(_bench.Announced, a => a.Topic == SettingChanged.Of).Id, default);
        Assert.Equal(7, _settings.Current.Logs.Days);
    }

    [Fact]
    public async Task Only_admins_change_admin_settings()
    {
        var refusal = await RefusalAsync(ToolBench.Member, Call("Logs:Days", 7));
        Assert.Equal(("denied", "Logs:Days is changed by admins only. Ask one of them."), (refusal.Status, refusal.Message));
    }

    [Theory]
    [InlineData("Hub:Kind", "Hub:Kind is changed by the operator only: in appsettings.json, by the environment variable Hub__Kind or by --Hub:Kind=…, then the hub is started again.")]
    [InlineData("openai_api_key", "OPENAI_API_KEY is a secret of the operator. It is set by the environment variable OPENAI_API_KEY only, before the hub starts.")]
    public async Task Nobody_changes_an_operators_setting(string key, string message)
    {
        var refusal = await RefusalAsync(ToolBench.Admin, Call(key, "lite"));
        Assert.Equal(("denied", message), (refusal.Status, refusal.Message));
    }

    [Theory]
    [InlineData("Logs:Days", "0", "Logs:Days is '0'; use a whole number from 1 to 3650.")]
    [InlineData("Ui:Theme", "pink", "Ui:Theme is 'pink'; use 'light', 'dark' or 'system'.")]
    [InlineData("Ui:TimeZone", "Zurich", "Ui:TimeZone is 'Zurich'; use an IANA time zone such as 'UTC' or 'Europe/Zurich'.")]
    [InlineData("Model:StallTimeout", "30", "Model:StallTimeout is '30'; use a duration from 00:00:05 to 00:10:00 (hh:mm:ss).")]
    [InlineData("Log:Days", "3", "There is no setting 'Log:Days'. Did you mean 'Logs:Days' or 'Workspaces:TrashDays'?")]
    [InlineData("Quite:Something:Else:Entirely", "3", "There is no setting 'Quite:Something:Else:Entirely'. config.get without a key lists them all.")]
    public async Task A_value_or_key_that_is_not_legal_is_answered_with_what_is(string key, string value, string message)
    {
        var refusal = await RefusalAsync(ToolBench.Admin, Call(key, value));
        Assert.Equal("invalid", refusal.Status);
        Assert.StartsWith(message.Split(" or 'Work")[0], refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Any_scalar_form_of_a_value_gives_the_same_canonical_arguments()
    {
        Assert.Equal("""{"key":"Ui:Letters","value":false}""", (await _bench.PlanAsync(_set, ToolBench.Member, Call("Ui:Letters", "False"))).Arguments.ToJsonString());
        Assert.Equal("""{"key":"Ui:Letters","value":false}""", (await _bench.PlanAsync(_set, ToolBench.Member, Call("ui:letters", false))).Arguments.ToJsonString());
        Assert.Equal("""{"key":"Sessions:Ttl","value":"01:05:00"}""", (await _bench.PlanAsync(_set, ToolBench.Admin, Call("Sessions:Ttl", "1:5:0"))).Arguments.ToJsonString());
    }

    [Fact]
    public async Task The_compensation_brings_back_what_was_there_and_versions_never_repeat()
    {
        var first = await _bench.PlanAsync(_set, ToolBench.Admin, Call("Logs:Days", 7));
        Assert.Equal("""{"key":"Logs:Days","value":null}""", first.Compensation!.Arguments.ToJsonString());
        Assert.Equal(1, (await _bench.ApplyAsync(_set, ToolBench.Admin, first))["version"]!.GetValue<long>());
        var second = await _bench.PlanAsync(_set, ToolBench.Admin, Call("Logs:Days", 9));
        Assert.Equal("""{"key":"Logs:Days","value":7}""", second.Compensation!.Arguments.ToJsonString());
        Assert.Equal([new ReadVersion("setting/Logs:Days", 1)], second.ReadSet);
        await _bench.ApplyAsync(_set, ToolBench.Admin, second);
        var back = await _bench.DoAsync(_set, ToolBench.Admin, Call("Logs:Days", null));
        Assert.Equal("""{"key":"Logs:Days","value":21,"kind":"admin","version":3}""", back.ToJsonString());
        await _settings.RefreshAsync(default);
        Assert.Equal(21, _settings.Current.Logs.Days);
        await using var reader = await _bench.Database.ReadAsync(default);
        Assert.Equal(3, await new SettingVersions(_store).VersionAsync(reader, "Logs:Days", default));
        Assert.Equal(0, await new SettingVersions(_store).VersionAsync(reader, "Ui:Theme:acc_member", default));
        Assert.Equal(0, await new SettingVersions(_store).VersionAsync(reader, "nonsense", default));
    }

    [Fact]
    public async Task The_value_that_holds_already_is_a_plan_without_effects() =>
        Assert.Empty((await _bench.PlanAsync(_set, ToolBench.Admin, Call("Logs:Days", 21))).Effects);

    [Fact]
    public async Task A_step_of_a_batch_sees_what_the_step_before_it_will_have_done()
    {
        var first = await _bench.PlanAsync(_set, ToolBench.Member, Call("Ui:PageSize", 25));
        var second = await _bench.PlanAsync(_set, ToolBench.Member, Call("Ui:PageSize", 50), [.. first.Effects]);
        Assert.Equal("Set Ui:PageSize from 25 to 50", second.Summary);
        Assert.Equal("25", second.Effects.Single().Before!.ToJsonString());
    }

    [Fact]
    public async Task Applying_asks_again_who_it_is()
    {
        var draft = await _bench.PlanAsync(_set, ToolBench.Admin, Call("Logs:Days", 7));
        Assert.Equal("denied", (await Assert.ThrowsAsync<ToolRefusedException>(() => _bench.ApplyAsync(_set, ToolBench.Admin with { Role = "member" }, draft))).Status);
    }

    [Fact]
    public async Task An_admin_sees_every_setting_and_no_secret()
    {
        var result = await _bench.ReadAsync(_get, ToolBench.Admin, []);
        Assert.Equal(SettingCatalog.All.Select(d => d.Key), result["settings"]!.AsArray().Select(s => s!["key"]!.GetValue<string>()));
        Assert.DoesNotContain("abcdefgh", result.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("set", (await ValueAsync(ToolBench.Admin, "OPENAI_API_KEY")).ToString());
        Assert.Equal("not set", (await ValueAsync(ToolBench.Admin, "Bus:Redis:Password")).ToString());
        Assert.Equal("""["https://desk.example"]""", (await ValueAsync(ToolBench.Admin, "Embed:Origins")).ToJsonString());
        Assert.Equal("""{"workspace.tag":"confirm"}""", (await ValueAsync(ToolBench.Admin, "Policy:Tools")).ToJsonString());
        Assert.EndsWith("/controlchat", (await ValueAsync(ToolBench.Admin, "Hub:DataDirectory")).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_member_sees_their_own_and_the_public_ones()
    {
        var keys = (await _bench.ReadAsync(_get, ToolBench.Member, []))["settings"]!.AsArray().Select(s => s!["key"]!.GetValue<string>()).ToList();
        Assert.Contains("Ui:Theme", keys);
        Assert.Contains("Limits:TitleChars", keys);
        Assert.DoesNotContain("Hub:DataDirectory", keys);
        Assert.DoesNotContain("OPENAI_API_KEY", keys);
        var refusal = await Assert.ThrowsAsync<ToolRefusedException>(() => _bench.ReadAsync(_get, ToolBench.Member, new JsonObject { ["key"] = "Hub:DataDirectory" }));
        Assert.Equal("not_found", refusal.Status);
    }

    [Fact]
    public async Task A_setting_says_where_its_value_comes_from()
    {
        await _bench.DoAsync(_set, ToolBench.Admin, Call("Logs:Days", 7));
        var changed = await OneAsync(ToolBench.Admin, "Logs:Days");
        Assert.Equal(("changed", "acc_admin", "2026-11-21T08:00:00.000Z"), (changed["source"]!.ToString(), changed["changed_by"]!.ToString(), changed["changed_at"]!.ToString()));
        Assert.Equal("the file", (await OneAsync(ToolBench.Admin, "Embed:Origins"))["source"]!.ToString());
        Assert.Equal("the environment", (await OneAsync(ToolBench.Admin, "OPENAI_API_KEY"))["source"]!.ToString());
        Assert.Equal("default", (await OneAsync(ToolBench.Admin, "Hub:Kind"))["source"]!.ToString());
    }

    [Fact]
    public async Task A_stored_value_that_is_not_legal_any_more_is_not_used()
    {
        await using (var transaction = await _bench.Database.BeginAsync(default))
        {
            await _store.PutAsync(transaction, "Logs:Days", null, "100000", "acc_admin", default);
            await transaction.CommitAsync(default);
        }
        await _settings.RefreshAsync(default);
        Assert.Equal(21, _settings.Current.Logs.Days);
    }

    [Fact]
    public async Task What_a_person_chose_lies_over_what_everyone_begins_with()
    {
        await _bench.DoAsync(_set, ToolBench.Member, Call("Ui:TimeZone", "Europe/Zurich"));
        await using var reader = await _bench.Database.ReadAsync(default);
        var own = await new SettingBook(_loaded, _store).PersonalAsync(reader, "acc_member", default);
        Assert.Equal(("Europe/Zurich", "system"), (own.TimeZone, own.Theme));
    }

    [Fact]
    public async Task An_admin_gives_one_account_a_limit_of_its_own_and_takes_it_back()
    {
        await AddAccountAsync("acc_member");
        var draft = await _bench.PlanAsync(_set, ToolBench.Admin, Call("limits:workspaces@acc_member", 3));
        Assert.True(draft.Access);
        Assert.Equal("Set Limits:Workspaces@acc_member from 1000 to 3", draft.Summary);
        Assert.Equal("setting/Limits:Workspaces:acc_member", Assert.Single(draft.Effects).Resource);
        await _bench.ApplyAsync(_set, ToolBench.Admin, draft);
        Assert.DoesNotContain(_bench.Announced, a => a.Topic == SettingChanged.Of);
        Assert.Equal(("3", "1000"), ((await ValueAsync(ToolBench.Member, "Limits:Workspaces@acc_member")).ToString(), (await ValueAsync(ToolBench.Member, "Limits:Workspaces")).ToString()));
        Assert.Equal((3, 1000), (await WorkspacesOfAsync("acc_member"), await WorkspacesOfAsync("acc_admin")));
        Assert.Equal("""{"key":"Limits:Workspaces@acc_member","value":null}""", draft.Compensation!.Arguments.ToJsonString());
        await _bench.DoAsync(_set, ToolBench.Admin, draft.Compensation.Arguments.DeepClone().AsObject());
        Assert.Equal(1000, await WorkspacesOfAsync("acc_member"));
        await using var reader = await _bench.Database.ReadAsync(default);
        Assert.Equal(2, await new SettingVersions(_store).VersionAsync(reader, "Limits:Workspaces:acc_member", default));
    }

    [Fact]
    public async Task A_limit_of_one_account_is_an_admins_and_names_an_account_that_is_there()
    {
        await AddAccountAsync("acc_member");
        Assert.Equal("denied", (await RefusalAsync(ToolBench.Member, Call("Limits:Workspaces@acc_member", 3))).Status);
        Assert.Equal("not_found", (await RefusalAsync(ToolBench.Admin, Call("Limits:Workspaces@acc_nobody", 3))).Status);
        Assert.Contains("Limits:TokensPerDay@ACCOUNT", (await RefusalAsync(ToolBench.Admin, Call("Logs:Days@acc_member", 3))).Message, StringComparison.Ordinal);
        Assert.Equal("invalid", (await RefusalAsync(ToolBench.Admin, Call("Limits:Workspaces@acc_member", 0))).Status);
        var foreign = await Assert.ThrowsAsync<ToolRefusedException>(() => _bench.ReadAsync(_get, ToolBench.Member, new JsonObject { ["key"] = "Limits:Workspaces@acc_admin" }));
        Assert.Equal("denied", foreign.Status);
    }

    private async Task AddAccountAsync(string id)
    {
        await using var transaction = await _bench.Database.BeginAsync(default);
        await transaction.ExecuteAsync("insert into accounts (id, name, role, created_at) values (@id, @id, 'member', hub_now())", new { id }, default);
        await transaction.CommitAsync(default);
    }

    private async Task<int> WorkspacesOfAsync(string account)
    {
        await using var reader = await _bench.Database.ReadAsync(default);
        return (await new AccountLimits(_settings, _store).OfAsync(reader, account, default)).Workspaces;
    }

    private static JsonObject Call(string key, JsonNode? value) => new() { ["key"] = key, ["value"] = value };

    private async Task<ToolRefusedException> RefusalAsync(ControlChat.Core.Accounts.Principal who, JsonObject arguments) =>
        await Assert.ThrowsAsync<ToolRefusedException>(() => _bench.PlanAsync(_set, who, arguments));

    private async Task<JsonObject> OneAsync(ControlChat.Core.Accounts.Principal who, string key) =>
        (await _bench.ReadAsync(_get, who, new JsonObject { ["key"] = key }))["settings"]!.AsArray().Single()!.AsObject();

    private async Task<JsonNode> ValueAsync(ControlChat.Core.Accounts.Principal who, string key) => (await OneAsync(who, key))["value"]!;
}

public sealed class ConfigToolOnSqliteTests() : ConfigToolTests(TestStore.Sqlite);

public sealed class ConfigToolOnPostgresTests() : ConfigToolTests(TestStore.Postgres);
