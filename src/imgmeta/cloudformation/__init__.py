"""The CloudFormation template, as package data, and the functions that find and read it."""
