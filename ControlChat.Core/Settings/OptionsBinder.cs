using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace ControlChat.Core.Settings;

/// <summary>Canonical texts to <see cref="HubOptions"/>. Everything was checked before: a fault here is a bug.</summary>
internal static class OptionsBinder
{
    public static HubOptions Bind(IEnumerable<KeyValuePair<string, string>> entries)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(entries.Select(e => KeyValuePair.Create(e.Key, (string?)Text(e.Key, e.Value)))).Build();
        return configuration.Get<HubOptions>(o => o.ErrorOnUnknownConfiguration = true) ?? new HubOptions();
    }

    // The framework reads '24:00:00' as 24 days; its own form is '1.00:00:00'.
    private static string Text(string key, string canonical) =>
        SettingCatalog.Find(key)?.Type is SettingType.Duration ? SettingType.Duration.Value(canonical).ToString("c", CultureInfo.InvariantCulture) : canonical;
}
