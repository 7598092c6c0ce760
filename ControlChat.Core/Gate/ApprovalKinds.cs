namespace ControlChat.Core.Gate;

/// <summary>The values of an approval's <c>kind</c> (contracts, section 4).</summary>
public static class ApprovalKinds
{
    public const string Plan = "plan";
    public const string AgentCommand = "agent_command";
    public const string AgentFileChange = "agent_file_change";
    public const string AgentTool = "agent_tool";
    public const string AgentQuestion = "agent_question";
}
