namespace ControlChat.App.Settings;

/// <summary>The views of the page; each has its own address.</summary>
public static class SettingsSection
{
    public const string You = "you";
    public const string Hub = "hub";
    public const string SignIn = "sign-in";
    public const string Keys = "keys";
    public const string People = "people";
    public const string Servers = "tool-servers";
    public const string Operator = "operator";

    /// <summary>From the address; anything unknown is one's own.</summary>
    public static string Of(string? address) => address is Hub or SignIn or Keys or People or Servers or Operator ? address : You;

    public static string Href(string section) => section == You ? "/settings" : $"/settings/{section}";
}
