namespace ControlChat.Core.Settings;

/// <summary>The settings cannot be started with: every fault at once, one sentence each, naming the setting and the legal values. Exit code 78.</summary>
public sealed class SettingsException(IReadOnlyList<string> faults) : Exception(string.Join(Environment.NewLine, faults))
{
    public IReadOnlyList<string> Faults { get; } = faults;
}
