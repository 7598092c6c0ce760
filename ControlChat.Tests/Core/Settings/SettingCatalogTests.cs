using System.Collections;
using System.Reflection;
using System.Text.Json;
using ControlChat.Core.Settings;
using Xunit;

namespace ControlChat.Tests.Core.Settings;

/// <summary>One set of settings, told four times: the catalog, the contract, the file, the bound record.</summary>
public sealed class SettingCatalogTests
{
    // The table of contracts, section 1, in full; ':*' rows are in the file alone.
    private static readonly string[] Contract =
    [
        "Hub:Kind|full", "Hub:Store|sqlite", "Hub:DataDirectory|", "Hub:ConnectionString|", "Hub:PublicUrl|", "Bus:Kind|",
        "Bus:Redis:Endpoint|127.0.0.1:6379", "Bus:Redis:Tls|false", "Bus:Redis:Password|", "Bus:Redis:AllowNoPassword|false",
        "Workspaces:Root|", "Workspaces:Local|", "Workspaces:TrashDays|30", "Model:Provider|auto", "Model:Api|responses", "Model:Endpoint|", "Model:Name|",
        "OPENAI_API_KEY|", "Model:MaxTurns|20", "Model:ContextTokens|100000", "Model:StallTimeout|00:00:30",
        "Limits:MessageChars|32000", "Limits:TitleChars|120", "Limits:BodyBytes|1048576", "Limits:RequestsPerMinute|600", "Limits:PendingApprovals|20",
        "Files:MaxBytes|1048576", "Sessions:Slots|4", "Sessions:PerPerson|2", "Sessions:Ttl|00:30:00", "Sessions:IdleChat|00:30:00", "Sessions:IdleTerminal|00:05:00",
        "Sessions:TranscriptDays|30", "Logs:Days|14", "Sessions:Terminal:Commands|", "Mcp:Servers|", "Embed:Origins|", "Audit:CheckpointDirectory|",
        "Ui:Theme|system", "Ui:TimeZone|UTC", "Ui:PageSize|50",
    ];

    private static readonly string[] Admin =
    [
        "Workspaces:TrashDays", "Model:MaxTurns", "Model:ContextTokens", "Model:StallTimeout", "Files:MaxBytes", "Sessions:Slots", "Sessions:PerPerson",
        "Sessions:Ttl", "Sessions:IdleChat", "Sessions:IdleTerminal", "Sessions:TranscriptDays", "Logs:Days",
        // The contract leaves room for more: what one account may use.
        "Limits:Workspaces", "Limits:TokensPerDay",
    ];

    [Fact]
    public void The_catalog_holds_every_setting_of_the_contract_with_its_default()
    {
        foreach (var row in Contract.Select(r => r.Split('|')))
        {
            var setting = SettingCatalog.Find(row[0]);
            Assert.True(setting is not null, row[0]);
            Assert.Equal(row[1], setting.Default ?? "");
        }
    }

    [Fact]
    public void The_contract_says_who_may_change_what()
    {
        Assert.Equal(Admin.Order(), SettingCatalog.All.Where(d => d.Kind == SettingKind.Admin).Select(d => d.Key).Order());
        Assert.All(SettingCatalog.All.Where(d => d.Kind == SettingKind.Personal), d => Assert.StartsWith("Ui:", d.Key, StringComparison.Ordinal));
    }

    [Fact]
    public void The_file_lists_every_setting_that_is_no_secret_with_its_default()
    {
        using var file = JsonDocument.Parse(File.ReadAllText(SettingsFile()), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip });
        var listed = Leaves(file.RootElement, "").ToDictionary(p => p.Key, p => p.Value);
        Assert.Equal(SettingCatalog.All.Where(d => !d.Secret).Select(d => d.Key).Order(), listed.Keys.Order());
        foreach (var setting in SettingCatalog.All.Where(d => !d.Secret)) Assert.Equal(setting.Default, listed[setting.Key]);
    }

    [Fact]
    public void The_bound_record_has_a_property_for_every_setting_with_its_default()
    {
        var bound = Leaves(new HubOptions(), "").ToDictionary(p => p.Key, p => p.Value);
        Assert.Equal(SettingCatalog.All.Where(d => !d.Secret).Select(d => d.Key).Order(), bound.Keys.Order());
        foreach (var setting in SettingCatalog.All.Where(d => !d.Secret)) Assert.Equal(setting.Default, bound[setting.Key]);
    }

    [Fact]
    public void Every_default_is_legal_and_canonical() =>
        Assert.All(SettingCatalog.All.Where(d => d.Default is not null), d => Assert.Equal(d.Default, d.Type.Read(d.Default!)));

    private static IEnumerable<KeyValuePair<string, string?>> Leaves(JsonElement element, string prefix)
    {
        foreach (var property in element.EnumerateObject())
        {
            var key = prefix + property.Name;
            if (SettingCatalog.Find(key) is null && property.Value.ValueKind == JsonValueKind.Object)
                foreach (var leaf in Leaves(property.Value, key + ':')) yield return leaf;
            else
                yield return KeyValuePair.Create(key, property.Value.ValueKind switch
                {
                    JsonValueKind.Null => null,
                    JsonValueKind.Array or JsonValueKind.Object => "",
                    JsonValueKind.True or JsonValueKind.False => property.Value.GetRawText(),
                    _ => property.Value.ToString(),
                });
        }
    }

    private static IEnumerable<KeyValuePair<string, string?>> Leaves(object section, string prefix)
    {
        foreach (var property in section.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite))
        {
            var value = property.GetValue(section);
            if (property.PropertyType.Name.EndsWith("Section", StringComparison.Ordinal))
                foreach (var leaf in Leaves(value!, prefix + property.Name + ':')) yield return leaf;
            else
                yield return KeyValuePair.Create(prefix + property.Name, value switch
                {
                    null => null,
                    string text => text,
                    bool flag => flag ? "true" : "false",
                    TimeSpan time => SettingType.Duration.Text(time),
                    IEnumerable => "",
                    _ => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture),
                });
        }
    }

    private static string SettingsFile() => Path.Combine(AppContext.BaseDirectory, "appsettings.json");
}
