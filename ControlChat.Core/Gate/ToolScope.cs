namespace ControlChat.Core.Gate;

/// <summary>What a tool, an effect or a plan can do, from least to most (R31).</summary>
public enum ToolScope
{
    Read = 0,
    Write = 1,
    Billing = 2,
    Destructive = 3,
}
