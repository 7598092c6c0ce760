using ControlChat.Core.Settings;

namespace ControlChat.Core.Tools.Config;

/// <summary>What the setting tools say when they refuse.</summary>
internal static class SettingWords
{
    public static string NoSuch(string key, IReadOnlyList<string> near)
    {
        var shown = string.Concat((key.Length > 80 ? key[..80] + "…" : key).Select(c => char.IsControl(c) ? '\uFFFD' : c));
        return near.Count == 0
            ? $"There is no setting '{shown}'. config.get without a key lists them all."
            : $"There is no setting '{shown}'. Did you mean {string.Join(" or ", near.Select(n => $"'{n}'"))}?";
    }

    public static string OperatorOnly(SettingDefinition setting) => setting.Secret
        ? $"{setting.Key} is a secret of the operator. It is set by the environment variable {setting.Variable} only, before the hub starts."
        : $"{setting.Key} is changed by the operator only: in appsettings.json, by the environment variable {setting.Variable} or by --{setting.Key}=…, then the hub is started again.";

    public static string NotPerAccount(SettingDefinition setting) =>
        $"{setting.Key} holds for the whole hub. Limits of one account are {string.Join(", ", SettingCatalog.All.Where(d => d.PerAccount).Select(d => d.Key + "@ACCOUNT"))}.";

    public static string AdminOnly(SettingDefinition setting) => $"{setting.Key} is changed by admins only. Ask one of them.";
}
