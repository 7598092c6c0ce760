namespace ControlChat.Core.Workspaces.Hosts;

public static class HostSize
{
    public const string Small = "small";
    public const string Medium = "medium";
    public const string Large = "large";
}
