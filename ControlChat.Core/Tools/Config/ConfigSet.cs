using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Tools.Config;

internal sealed class ConfigSet(SettingBook book, SettingsStore store) : WriteTool<ConfigSet.Arguments>
{
    public sealed record Arguments(string Key, JsonElement Value);

    // Written by hand: the value is one of four types, which a record's member cannot say.
    private static readonly JsonElement Schema = JsonElement.Parse("""
        {"type":"object","properties":{
          "key":{"type":"string","maxLength":200,"description":"The setting, such as 'Ui:Theme' or 'Logs:Days'. config.get lists them."},
          "value":{"type":["string","integer","boolean","null"],"maxLength":500,"description":"The new value. null takes the change back, so that the operator's value or the default holds again."}},
         "required":["key","value"],"additionalProperties":false}
        """);

    public override ToolDefinition Definition { get; } = new("config.set", ToolScope.Write,
        "Changes one setting. Personal settings change at once for the person who asks; admin settings need an admin and an approval; operator settings are always refused. The answer to an illegal value names the legal ones.", Schema);

    protected override async Task<PlanDraft> PlanAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        var setting = Allowed(arguments.Key, context.Principal.IsAdmin);
        var wanted = Canonical(setting, arguments.Value);
        var (value, row) = await book.InForceAsync(context.Reader, setting, context.Principal.AccountId, cancellationToken);
        var resource = SettingResource.Of(setting, context.Principal.AccountId);
        var earlier = context.Earlier.LastOrDefault(e => e.Resource == resource);
        var before = earlier is null ? setting.Type.Wire(value!) : earlier.After!.DeepClone();
        var after = setting.Type.Wire(wanted ?? book.Operators(setting)!);
        var changes = !JsonNode.DeepEquals(before, after) || (earlier is null && wanted is null && row?.Value is not null);
        var own = earlier is null && row?.Value is null ? null : before.DeepClone();
        return new PlanDraft(Call(setting, wanted), Summary(setting, wanted, before, after),
            changes ? [new Effect("update", resource, "value", before, after)] : [], [new ReadVersion(resource, row?.Version ?? 0)], ToolScope.Write)
        {
            Access = setting.Kind == SettingKind.Admin,
            Compensation = new Compensation("config.set", new JsonObject { ["key"] = setting.Key, ["value"] = own }),
            Warnings = Warnings(setting, before, after),
            Unchanged = Result(setting, before, row?.Version ?? 0),
        };
    }

    public override async Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken)
    {
        var effect = plan.Effects.Single();
        var setting = Allowed(plan.Arguments["key"]!.GetValue<string>(), context.Principal.IsAdmin);
        var value = plan.Arguments["value"] is { } given ? setting.Type.Read(Text(given)) : null;
        var personal = setting.Kind == SettingKind.Personal;
        var version = await store.PutAsync(context.Transaction, setting.Key, personal ? context.Principal.AccountId : null, value, context.Principal.AccountId, cancellationToken);
        if (!personal) await context.Transaction.AnnounceAsync(SettingChanged.Of, setting.Key, cancellationToken);
        context.Transaction.Hint(Topics.Stream("settings"), setting.Key);
        return Result(setting, effect.After, version);
    }

    private static SettingDefinition Allowed(string key, bool admin)
    {
        var setting = SettingCatalog.Find(key.Trim()) ?? throw ToolRefusedException.Invalid(SettingWords.NoSuch(key, SettingCatalog.Nearest(key.Trim())));
        if (setting.Kind == SettingKind.Operator) throw ToolRefusedException.Denied(SettingWords.OperatorOnly(setting));
        if (setting.Kind == SettingKind.Admin && !admin) throw ToolRefusedException.Denied(SettingWords.AdminOnly(setting));
        return setting;
    }

    private static string? Canonical(SettingDefinition setting, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null) return null;
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()!.Trim() : value.GetRawText();
        return setting.Type.Read(text) ?? throw ToolRefusedException.Invalid(setting.Fault(text));
    }

    private static string Text(JsonNode value) => value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();

    private static JsonObject Call(SettingDefinition setting, string? canonical) =>
        new() { ["key"] = setting.Key, ["value"] = canonical is null ? null : setting.Type.Wire(canonical) };

    private static string Summary(SettingDefinition setting, string? wanted, JsonNode before, JsonNode after) =>
        wanted is null ? $"Take {setting.Key} back to {Text(after)}" : $"Set {setting.Key} from {Text(before)} to {Text(after)}";

    private static List<string> Warnings(SettingDefinition setting, JsonNode before, JsonNode after) =>
        setting.Key is "Logs:Days" or "Sessions:TranscriptDays" && after.GetValue<int>() < before.GetValue<int>()
            ? [$"What is older than {after.GetValue<int>()} days is deleted; setting it back does not bring it back."] : [];

    private static JsonObject Result(SettingDefinition setting, JsonNode? value, long version) => new()
    {
        ["key"] = setting.Key,
        ["value"] = value?.DeepClone(),
        ["kind"] = setting.Kind.ToString().ToLowerInvariant(),
        ["version"] = version,
    };
}
