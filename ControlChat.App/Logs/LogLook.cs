namespace ControlChat.App.Logs;

/// <summary>How a level looks: an icon and a word, never a colour alone.</summary>
internal static class LogLook
{
    public static string Word(string level) => level switch
    {
        "critical" => "Critical",
        "error" => "Error",
        "warning" => "Warning",
        "information" => "Info",
        "debug" => "Debug",
        _ => "Trace",
    };

    public static string Icon(string level) => level switch
    {
        "critical" or "error" => "failed",
        "warning" => "warn",
        _ => "info",
    };

    public static string Tone(string level) => level switch
    {
        "critical" or "error" => "danger",
        "warning" => "warn",
        "information" => "",
        _ => "off",
    };

    /// <summary>The last part of a category, which is the class: "ToolGate".</summary>
    public static string Source(string category) => category[(category.LastIndexOf('.') + 1)..];
}
